//! Budgets are exact, whoever asks in whatever order.

use std::collections::HashMap;

use chrono::TimeDelta;
use gw_credentials::capability::{NewCaveat, attenuate, mint};
use gw_decision::{
    Counter, Counters, Outcome, Reservation, Settled, StageOutcome, Verdict, decide, settle,
};
use proptest::prelude::*;

use crate::{ROOT, answer, ask, capability, claims, id, now, presented, question, snapshot};

fn with_budgets(budgets: &[i64]) -> Outcome {
    let caveats: Vec<_> = budgets.iter().map(|calls| NewCaveat::MaxCalls(*calls)).collect();
    ask(&snapshot(), capability(&caveats))
}

fn counter_key(outcome: &Outcome) -> String {
    outcome.reservations[0].spend().unwrap().counter_key()
}

fn allowed(settled: &Settled) -> bool {
    settled.outcome.decision == Verdict::Allow
}

#[test]
fn the_last_call_is_allowed_and_the_next_is_blocked() {
    let mut counters = Counters::default();
    let first = settle(&mut counters, with_budgets(&[1]), now());
    assert!(allowed(&first));
    let key = counter_key(&first.outcome);
    assert_eq!(first.writes, [(key.clone(), Counter { used: 1, since: None })]);
    assert_eq!((first.taken[0].before, first.taken[0].after), (0, 1));

    let second = settle(&mut counters, with_budgets(&[1]), now());
    assert_eq!(answer(&second.outcome), "block budget.calls");
    assert_eq!(second.outcome.reason, "the budget of 1 calls is used up (1 used)");
    assert_eq!((second.taken[0].before, second.taken[0].after), (1, 1));
    assert!(second.writes.is_empty() && second.outcome.reservations.is_empty());
    let stage = second.outcome.checks.last().unwrap();
    assert_eq!((stage.check, stage.outcome), ("reservation", StageOutcome::Block));
    assert_eq!(counters.used(&key), 1);
}

#[test]
fn zero_allows_none_and_the_ends_of_the_range_hold() {
    assert!(!allowed(&settle(&mut Counters::default(), with_budgets(&[0]), now())));
    for (used, allows) in [(i64::MAX - 1, true), (i64::MAX, false)] {
        let outcome = with_budgets(&[i64::MAX]);
        let mut counters = Counters::default();
        counters.set(counter_key(&outcome), Counter { used, since: None });
        assert_eq!(allowed(&settle(&mut counters, outcome, now())), allows);
    }
}

#[test]
fn an_exhausted_limit_leaves_the_others_alone() {
    for budgets in [[5, 0], [0, 5]] {
        let mut counters = Counters::default();
        let settled = settle(&mut counters, with_budgets(&budgets), now());
        assert!(!allowed(&settled) && settled.writes.is_empty());
        assert_eq!(settled.taken.len(), 2);
        assert!(settled.taken.iter().all(|taken| taken.before == taken.after));
        assert_eq!(counters, Counters::default());
    }
}

#[test]
fn a_block_takes_nothing() {
    let caveats = [NewCaveat::MaxCalls(5), NewCaveat::ToolAllow(Vec::new())];
    let mut counters = Counters::default();
    let settled = settle(&mut counters, ask(&snapshot(), capability(&caveats)), now());
    assert_eq!(answer(&settled.outcome), "block scope.denied");
    assert!(settled.taken.is_empty());
    assert_eq!(counters, Counters::default());
}

#[test]
fn only_an_allow_takes_what_it_names() {
    for decision in [Verdict::Block, Verdict::RequestHold] {
        let mut counters = Counters::default();
        let mut outcome = with_budgets(&[5]);
        outcome.decision = decision;
        assert!(settle(&mut counters, outcome, now()).writes.is_empty());
        assert_eq!(counters, Counters::default());
    }
}

fn with_rate(limit: i64) -> Outcome {
    ask(&snapshot(), capability(&[NewCaveat::RateLimit(limit)]))
}

#[test]
fn a_minute_begins_with_its_first_call_and_gives_everything_back_at_its_end() {
    let mut counters = Counters::default();
    let mut at = |micros| {
        let now = now() + TimeDelta::microseconds(micros);
        settle(&mut counters, with_rate(2), now)
    };
    let ends = now() + TimeDelta::seconds(60);
    assert_eq!(at(0).limits[0].remaining, 1);
    let second = at(59_000_000);
    assert_eq!((second.limits[0].remaining, second.limits[0].resets_at), (0, Some(ends)));
    assert_eq!((allowed(&second), second.retry_after), (true, None));

    let third = at(59_999_999);
    assert_eq!(answer(&third.outcome), "block budget.rate");
    assert_eq!((third.limits[0].remaining, third.retry_after), (0, Some(1)));
    assert!(third.writes.is_empty());
    let fourth = at(60_000_000);
    assert!(allowed(&fourth));
    assert_eq!((fourth.taken[0].before, fourth.taken[0].after), (0, 1));
    assert_eq!(fourth.limits[0].resets_at, Some(ends + TimeDelta::seconds(60)));
}

#[test]
fn waiting_is_advised_only_where_it_helps() {
    let outcome = |caveats: &[NewCaveat]| ask(&snapshot(), capability(caveats));
    let none = settle(&mut Counters::default(), with_rate(0), now());
    assert_eq!((answer(&none.outcome).as_str(), none.retry_after), ("block budget.rate", None));
    let both = [NewCaveat::RateLimit(1), NewCaveat::MaxCalls(1)];
    let mut counters = Counters::default();
    assert!(allowed(&settle(&mut counters, outcome(&both), now())));
    let spent = settle(&mut counters, outcome(&both), now());
    assert_eq!((allowed(&spent), spent.retry_after), (false, None));
    let later = settle(&mut counters, outcome(&both), now() + TimeDelta::minutes(2));
    assert_eq!(answer(&later.outcome), "block budget.calls");
}

fn costing(limit: i64, cost_cents: Option<i64>) -> Outcome {
    let asked = question(capability(&[NewCaveat::MaxCost(limit)]));
    decide(&snapshot(), &gw_decision::Question { cost_cents, ..asked }, now()).unwrap()
}

#[test]
fn what_is_spent_is_the_declared_cost() {
    let mut counters = Counters::default();
    let mut spend = |cents| settle(&mut counters, costing(100, Some(cents)), now());
    for (cents, expected, left) in [
        (60, "allow ok", 40),
        (41, "block budget.cost", 40),
        (i64::MAX, "block budget.cost", 40),
        (40, "allow ok", 0),
        (0, "allow ok", 0),
        (1, "block budget.cost", 0),
    ] {
        let settled = spend(cents);
        assert_eq!(answer(&settled.outcome), expected, "{cents}");
        assert_eq!((settled.limits[0].remaining, settled.retry_after), (left, None));
    }
    assert_eq!(answer(&costing(100, None)), "block budget.cost", "no cost is no way round");
}

/// A parent with a budget, children with budgets of their own, and grandchildren: each token's
/// budgets are its own and all its ancestors'.
fn family(parent: i64, children: &[(i64, Vec<i64>)]) -> Vec<Outcome> {
    let decide = |token: &String| ask(&snapshot(), presented(token.clone()));
    let root = mint(&ROOT, &claims(), &[NewCaveat::MaxCalls(parent)], id(1));
    let mut family = vec![decide(&root)];
    for (number, (budget, grandchildren)) in (0..).zip(children) {
        // Distinct caveats make distinct chains, also where the budgets are equal.
        let own = [NewCaveat::Exp(4_000_000_000 + number), NewCaveat::MaxCalls(*budget)];
        let child = attenuate(&root, &own).unwrap();
        family.push(decide(&child));
        for (number, budget) in (0..).zip(grandchildren) {
            let own = [NewCaveat::Exp(4_000_000_000 + number), NewCaveat::MaxCalls(*budget)];
            family.push(decide(&attenuate(&child, &own).unwrap()));
        }
    }
    family
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Against a model that counts per hop: a call is allowed exactly if every budget of its chain
    /// has one left, and no budget is ever passed.
    #[test]
    fn budgets_are_exact_under_any_interleaving(
        parent in 0..12_i64,
        children in prop::collection::vec((0..8_i64, prop::collection::vec(0..5_i64, 0..3)), 0..4),
        calls in prop::collection::vec(any::<prop::sample::Index>(), 0..80),
    ) {
        let family = family(parent, &children);
        let mut counters = Counters::default();
        let mut model: HashMap<String, i64> = HashMap::new();
        for call in calls {
            let outcome = family[call.index(family.len())].clone();
            let limits: Vec<_> =
                outcome.reservations.iter().filter_map(Reservation::spend)
                    .map(|spend| (spend.counter_key(), spend.limit())).collect();
            let left = |(key, limit): &(String, i64)| model.get(key).copied().unwrap_or(0) < *limit;
            let expected = limits.iter().all(left);
            let settled = settle(&mut counters, outcome, now());
            prop_assert_eq!(allowed(&settled), expected);
            for (key, limit) in limits {
                let used = model.entry(key.clone()).or_default();
                *used += i64::from(expected);
                prop_assert_eq!(counters.used(&key), *used);
                prop_assert!(*used <= limit);
            }
        }
    }

    /// However many ask, exactly as many are allowed as there are calls.
    #[test]
    fn a_budget_of_n_gives_exactly_n(limit in 0..40_i64, callers in 0..80_usize) {
        let mut counters = Counters::default();
        let outcome = with_budgets(&[limit]);
        let allows = (0..callers).filter(|_| allowed(&settle(&mut counters, outcome.clone(), now())));
        prop_assert_eq!(allows.count(), callers.min(usize::try_from(limit).unwrap()));
    }
}
