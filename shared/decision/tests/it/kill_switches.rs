//! What is halted is blocked, in every mode, whoever asks.

use gw_contracts::DecisionRecord;
use gw_credentials::capability::{Claims, NewCaveat, attenuate, mint};
use gw_decision::{
    Counters, Gate, KillScope, Mode, Outcome, Presented, PresentedCaller, Snapshot, StageOutcome,
    Verdict, authenticate, decide, record, settle,
};

use crate::{
    ROOT, answer, ask, capability, claims, gate, id, now, presented, put_gate, question, snapshot,
};

fn observing() -> Snapshot {
    let mut snapshot = Snapshot { default_gate: Some(id(1)), ..snapshot() };
    put_gate(&mut snapshot, Gate { mode: Mode::Observe, ..gate(1) });
    snapshot
}

/// One switch of each scope that meets `agent-x` at gate 1, with its name.
fn engaged(from: fn() -> Snapshot) -> [(&'static str, Snapshot); 3] {
    let (mut tenant, mut at_gate, mut agent) = (from(), from(), from());
    tenant.kill_switches.tenant = true;
    at_gate.kill_switches.gates.insert(id(1));
    agent.kill_switches.agents.insert("agent-x".to_owned());
    [("tenant", tenant), ("gate", at_gate), ("agent", agent)]
}

fn stage(outcome: &Outcome) -> StageOutcome {
    assert_eq!(outcome.checks[1].check, "kill_switch");
    outcome.checks[1].outcome
}

#[test]
fn every_scope_blocks_in_every_mode_and_says_which_it_was() {
    for (scope, snapshot) in engaged(snapshot).into_iter().chain(engaged(observing)) {
        let outcome = ask(&snapshot, capability(&[NewCaveat::MaxCalls(5)]));
        assert_eq!(answer(&outcome), "block kill_switch", "{scope}");
        assert_eq!(outcome.reason, format!("halted by kill switch ({scope})"));
        assert_eq!(outcome.kill_switch.unwrap().to_string(), scope);
        assert_eq!((outcome.would, stage(&outcome)), (None, StageOutcome::Block));
        let later = &outcome.checks[2..];
        assert!(later.iter().all(|stage| stage.outcome == StageOutcome::Skipped));
        assert!(outcome.reservations.is_empty());
        assert_eq!(outcome.agent_id(), Some("agent-x"), "the record says who was stopped");
    }
}

#[test]
fn it_comes_before_whatever_else_is_wrong() {
    for (scope, mut snapshot) in engaged(observing) {
        snapshot.revocations.jtis.insert("leaf".to_owned());
        let expired = capability(&[NewCaveat::Exp(1)]);
        assert_eq!(answer(&ask(&snapshot, expired)), "block kill_switch", "{scope}");
    }
}

#[test]
fn nothing_presented_is_stopped_where_it_is_not_about_an_agent() {
    let unsupported = || Presented::Unsupported("jwt".to_owned());
    for presented in [|| Presented::None, || Presented::Unreadable("no"), unsupported] {
        let [tenant, at_gate, agent] = engaged(observing).map(|(_, snapshot)| snapshot);
        assert_eq!(answer(&ask(&tenant, presented())), "block kill_switch");
        assert_eq!(answer(&ask(&at_gate, presented())), "block kill_switch");
        let outcome = ask(&agent, presented());
        assert_eq!((outcome.decision, stage(&outcome)), (Verdict::Allow, StageOutcome::Pass));
    }
}

#[test]
fn an_agents_switch_is_met_by_every_token_of_the_agent_and_by_no_other() {
    let [.., (_, snapshot)] = engaged(observing);
    let said = |token: String| answer(&ask(&snapshot, presented(token)));
    let root = mint(&ROOT, &claims(), &[], id(1));
    let child = attenuate(&root, &[NewCaveat::ToolAllow(vec!["pay".to_owned()])]).unwrap();
    assert_eq!(said(child), "block kill_switch");
    let minted = |sub: &str| mint(&ROOT, &Claims { sub: sub.to_owned(), ..claims() }, &[], id(1));
    for other in ["agent-X", "agent-x ", "agent\u{2010}x", "agent-x\u{301}", "agent-"] {
        assert_eq!(said(minted(other)), "allow ok", "{other}: another agent");
    }
    // Nobody learns from a forgery who is stopped.
    let forged = mint(&[9; 32], &claims(), &[], id(1));
    assert_eq!(said(forged), "allow credential.signature");
    let untold = ask(&snapshot, presented(mint(&[9; 32], &claims(), &[], id(1))));
    assert_eq!((untold.kill_switch, stage(&untold)), (None, StageOutcome::Pass));
}

#[test]
fn an_agent_that_asks_for_itself_is_stopped_too() {
    for (scope, snapshot) in engaged(observing) {
        let mut question = question(capability(&[]));
        question.caller = PresentedCaller::Agent;
        let outcome = decide(&snapshot, &question, now()).unwrap();
        assert_eq!(answer(&outcome), "block kill_switch", "{scope}");
        let known = authenticate(&snapshot, &question, now()).unwrap();
        assert_eq!(answer(&known), "block kill_switch", "{scope}");
    }
}

#[test]
fn what_is_halted_elsewhere_passes() {
    let mut snapshot = snapshot();
    snapshot.kill_switches.gates.insert(id(2));
    snapshot.kill_switches.agents.insert("agent-y".to_owned());
    let outcome = ask(&snapshot, capability(&[]));
    assert_eq!((answer(&outcome).as_str(), stage(&outcome)), ("allow ok", StageOutcome::Pass));
}

#[test]
fn the_global_one_stops_whatever_was_decided_and_the_record_says_so() {
    let questions = [capability(&[NewCaveat::MaxCalls(5)]), Presented::None];
    for (presented, from) in questions.into_iter().zip([snapshot, observing]) {
        let question = question(presented);
        let mut outcome = decide(&from(), &question, now()).unwrap();
        outcome.halt();
        assert_eq!((outcome.would, outcome.kill_switch), (None, Some(KillScope::Global)));
        assert_eq!(outcome.reason, "halted by kill switch (global)");
        let mut counters = Counters::default();
        let settled = settle(&mut counters, outcome, now());
        assert!(settled.writes.is_empty() && counters == Counters::default());
        let bytes = record::build(&settled, &question, id(3), None).unwrap();
        let data = serde_json::from_slice::<DecisionRecord>(&bytes).unwrap().data;
        assert_eq!((&*data.decision, &*data.reason_code), ("block", "kill_switch"));
        assert_eq!((data.kill_switch.as_deref(), data.would), (Some("global"), None));
        let checks: Vec<_> = data.checks.iter().map(|(name, said)| (&**name, &**said)).collect();
        assert_eq!(checks, [("caller", "pass"), ("kill_switch", "block")]);
    }
}
