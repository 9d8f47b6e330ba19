//! A key is taken once, by whatever is recorded first, and means one request for a day.

use chrono::{DateTime, TimeDelta, Utc};
use gw_credentials::capability::NewCaveat;
use gw_crypto::sha256;
use gw_decision::{
    ApiKey, Counters, GateRef, Idempotency, Mode, Outcome, Presented, PresentedCaller,
    PresentedKey, Question, Repetition, Snapshot, Uses, Verdict, burn, decide, repeats, settle,
};

use crate::{
    SECRET, answer, capability, gate, id, key, now, put_gate, put_key, question, snapshot,
};

fn keyed(key: &str, asks: &str, credential: Presented) -> Question {
    let (key_sha256, fingerprint) = (sha256(key), sha256(asks));
    let idempotency = Some(Idempotency { key_sha256, fingerprint });
    Question { idempotency, ..question(credential) }
}

fn ask(snapshot: &Snapshot, question: &Question) -> Outcome {
    decide(snapshot, question, now()).unwrap()
}

fn allowed() -> Outcome {
    ask(&snapshot(), &keyed("k", "body", capability(&[])))
}

/// Has the record at `index` take what the outcome burns; how many keys it took.
fn take(uses: &mut Uses, outcome: &Outcome, index: u64, now: DateTime<Utc>) -> usize {
    burn(uses, outcome, now, index, b"told").len()
}

fn repeated(uses: &Uses, outcome: &Outcome, now: DateTime<Utc>) -> String {
    match repeats(uses, outcome, now) {
        None => "first".to_owned(),
        Some(Repetition::Again(known)) => format!("again {}", known.index),
        Some(Repetition::Conflict) => "conflict".to_owned(),
    }
}

#[test]
fn the_same_request_is_decided_once_and_another_under_its_key_never() {
    let mut uses = Uses::default();
    assert_eq!(repeated(&uses, &allowed(), now()), "first");
    assert_eq!(take(&mut uses, &allowed(), 7, now()), 1);
    assert_eq!(repeated(&uses, &allowed(), now()), "again 7");
    let another = ask(&snapshot(), &keyed("k", "another body", capability(&[])));
    assert_eq!(repeated(&uses, &another, now()), "conflict");
    let under_another = ask(&snapshot(), &keyed("K", "body", capability(&[])));
    assert_eq!(repeated(&uses, &under_another, now()), "first");
    let without = ask(&snapshot(), &question(capability(&[])));
    assert_eq!(repeated(&uses, &without, now()), "first");
    assert_eq!(take(&mut uses, &without, 8, now()), 0);
}

#[test]
fn a_block_burns_the_key_and_is_given_again_when_it_would_be_allowed() {
    let mut uses = Uses::default();
    let blocked = ask(&snapshot(), &keyed("k", "body", Presented::None));
    assert_eq!(answer(&blocked), "block credential.missing");
    assert_eq!(take(&mut uses, &blocked, 3, now()), 1);
    assert_eq!(repeated(&uses, &allowed(), now()), "again 3");
}

#[test]
fn what_is_blocked_now_is_recorded_itself_and_leaves_the_key_with_the_first() {
    let mut uses = Uses::default();
    assert_eq!(take(&mut uses, &allowed(), 7, now()), 1);
    for decision in [Verdict::Block, Verdict::RequestHold] {
        let mut no = allowed();
        no.decision = decision;
        assert_eq!(repeated(&uses, &no, now()), "first");
        assert_eq!(take(&mut uses, &no, 8, now()), 0);
    }
    assert_eq!(repeated(&uses, &allowed(), now()), "again 7");
}

#[test]
fn a_budget_that_the_first_used_up_does_not_stand_in_the_way() {
    let (mut uses, mut counters) = (Uses::default(), Counters::default());
    let outcome = || ask(&snapshot(), &keyed("k", "body", capability(&[NewCaveat::MaxCalls(1)])));
    let first = settle(&mut counters, outcome(), now());
    assert_eq!(answer(&first.outcome), "allow ok");
    assert_eq!(take(&mut uses, &first.outcome, 5, now()), 1);
    assert_eq!(repeated(&uses, &outcome(), now()), "again 5");

    let mut used_up = Uses::default();
    let blocked = settle(&mut counters, outcome(), now());
    assert_eq!(answer(&blocked.outcome), "block budget.calls");
    assert_eq!(take(&mut used_up, &blocked.outcome, 6, now()), 1, "a budget's block burns too");
}

#[test]
fn a_key_is_free_again_after_a_day() {
    let mut uses = Uses::default();
    assert_eq!(take(&mut uses, &allowed(), 7, now()), 1);
    let day = TimeDelta::hours(24);
    let last = now() + day - TimeDelta::microseconds(1);
    assert_eq!(repeated(&uses, &allowed(), last), "again 7");
    assert_eq!(repeated(&uses, &allowed(), now() + day), "first");
    assert_eq!(take(&mut uses, &allowed(), 9, now() + day), 1);
    assert_eq!(repeated(&uses, &allowed(), now() + day), "again 9");
}

#[test]
fn a_gate_that_observes_gives_its_answer_again() {
    let mut uses = Uses::default();
    let mut snapshot = snapshot();
    put_gate(&mut snapshot, gw_decision::Gate { mode: Mode::Observe, ..gate(1) });
    let observed = || ask(&snapshot, &keyed("k", "body", Presented::None));
    assert_eq!(answer(&observed()), "allow credential.missing");
    assert_eq!(take(&mut uses, &observed(), 4, now()), 1);
    assert_eq!(repeated(&uses, &observed(), now()), "again 4");
}

#[test]
fn callers_and_gates_have_keys_of_their_own() {
    let mut snapshot = snapshot();
    put_key(&mut snapshot, ApiKey { id: id(2), ..key() });
    let mine = keyed("k", "body", capability(&[]));
    let other_key = PresentedCaller::Key(PresentedKey { id: id(2), secret_sha256: SECRET });
    let theirs = Question { caller: other_key, ..mine.clone() };
    let elsewhere = Question { gate: GateRef::Id(id(2)), ..mine.clone() };
    let by_name = Question { gate: GateRef::Name("gate_two".to_owned()), ..mine.clone() };
    snapshot.default_gate = Some(id(1));
    let agent = Question { caller: PresentedCaller::Agent, gate: GateRef::Default, ..mine.clone() };
    let narrowed = capability(&[NewCaveat::MaxCalls(2)]);
    let child = Question { credential: narrowed, ..agent.clone() };

    let mut uses = Uses::default();
    for (index, question) in (0..).zip([&mine, &theirs, &elsewhere, &agent, &child]) {
        let outcome = ask(&snapshot, question);
        assert_eq!(repeated(&uses, &outcome, now()), "first", "{question:?}");
        assert_eq!(take(&mut uses, &outcome, index, now()), 1);
    }
    assert_eq!(repeated(&uses, &ask(&snapshot, &by_name), now()), "again 2");
    assert_eq!(repeated(&uses, &ask(&snapshot, &agent), now()), "again 3");
}
