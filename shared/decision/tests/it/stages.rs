//! The order of the stages, and how the first block ends them.

use gw_credentials::capability::NewCaveat;
use gw_decision::{Counters, Gate, Mode, Outcome, Presented, SecurityProfile, Verdict, settle};

use crate::{answer, ask, capability, gate, now, put_gate, snapshot};

fn reports(outcome: &Outcome) -> Vec<String> {
    outcome.checks.iter().map(|stage| format!("{} {}", stage.check, stage.outcome)).collect()
}

#[test]
fn every_stage_reports_in_order() {
    assert_eq!(
        reports(&ask(&snapshot(), capability(&[NewCaveat::MaxCalls(1)]))),
        [
            "caller pass",
            "kill_switch not_configured",
            "credential pass",
            "possession not_configured",
            "anonymous skipped",
            "catalog not_configured",
            "scope pass",
            "intent not_configured",
            "entitlement not_configured",
            "policy not_configured",
            "approval not_configured",
            "reservation pass",
        ]
    );
}

#[test]
fn the_first_block_ends_it() {
    let mut snapshot = snapshot();
    snapshot.revocations.jtis.insert("leaf".to_owned());
    let outcome = ask(&snapshot, capability(&[NewCaveat::ToolAllow(Vec::new())]));
    let reports = reports(&outcome);
    assert_eq!(reports[2], "credential block");
    assert!(reports[3..].iter().all(|report| report.ends_with(" skipped")), "{reports:?}");
    assert_eq!(reports.len(), 12);
    assert_eq!(outcome.code, "credential.revoked");
    assert!(outcome.reservations.is_empty());
}

#[test]
fn an_l3_gate_lets_nothing_pass_without_possession() {
    let mut snapshot = snapshot();
    put_gate(&mut snapshot, Gate { profile: SecurityProfile::L3, ..gate(1) });
    assert_eq!(answer(&ask(&snapshot, capability(&[]))), "block possession.required");
    assert_eq!(answer(&ask(&snapshot, Presented::None)), "block possession.required");
    put_gate(&mut snapshot, Gate { profile: SecurityProfile::L2, ..gate(1) });
    assert_eq!(answer(&ask(&snapshot, capability(&[]))), "allow ok");
}

#[test]
fn without_a_budget_nothing_is_reserved() {
    let outcome = ask(&snapshot(), capability(&[]));
    assert!(outcome.reservations.is_empty());
    assert_eq!(reports(&outcome)[11], "reservation not_configured");
}

#[test]
fn a_gate_that_observes_allows_says_what_it_would_have_said_and_takes_nothing() {
    let mut snapshot = snapshot();
    put_gate(&mut snapshot, Gate { mode: Mode::Observe, ..gate(1) });
    let outcome = ask(&snapshot, Presented::None);
    assert_eq!(answer(&outcome), "allow credential.missing");
    assert_eq!(outcome.would, Some(Verdict::Block));

    let budget = || capability(&[NewCaveat::MaxCalls(1)]);
    let mut counters = Counters::default();
    let first = settle(&mut counters, ask(&snapshot, budget()), now());
    assert_eq!((first.outcome.would, first.writes.len()), (None, 1));
    let second = settle(&mut counters, ask(&snapshot, budget()), now());
    assert_eq!(answer(&second.outcome), "allow budget.calls");
    assert_eq!((second.outcome.would, second.writes.len()), (Some(Verdict::Block), 0));
}
