//! What would be decided: by the same stages, for whoever is supposed.

use gw_credentials::capability::{NewCaveat, Recorded, Verified, mint};
use gw_decision::{
    CapabilityToken, Counters, Gate, GateRef, Mode, Refusal, Simulated, Situation, Snapshot,
    Supposed, TenantState, left, obstacles, settle, simulate,
};

use crate::{ROOT, ask, capability, claims, gate, id, now, put_gate, snapshot};

fn situation(principal: Supposed) -> Situation {
    Situation {
        gate: GateRef::Id(id(1)),
        caller: None,
        action: Some("pay".to_owned()),
        target: None,
        context: None,
        cost_cents: None,
        principal,
    }
}

fn simulated(snapshot: &Snapshot, principal: Supposed) -> Simulated {
    let simulation = simulate(snapshot, situation(principal), now()).unwrap();
    simulation.settle(Counters::default(), now())
}

fn holder(token: String) -> Supposed {
    Supposed::Holder(CapabilityToken::new(token))
}

/// A capability whose signature is taken for good.
fn known(caveats: &[&str]) -> Box<Verified> {
    let recorded = Recorded {
        jti: "leaf".to_owned(),
        root_id: "root".to_owned(),
        issuer: "acme issuer".to_owned(),
        subject: "agent-x".to_owned(),
        nbf: 0,
        hops: caveats.iter().map(|caveat| format!("hop of {caveat}")).collect(),
        minted_at: None,
        step_up_at: None,
        caveats: caveats.iter().map(ToString::to_string).collect(),
    };
    Box::new(Verified::on_record(recorded).unwrap())
}

#[test]
fn a_holder_hears_what_a_check_would_say() {
    for mode in [Mode::Enforce, Mode::Observe] {
        let mut snapshot = snapshot();
        put_gate(&mut snapshot, Gate { mode, ..gate(1) });
        for caveats in [
            vec![],
            vec![NewCaveat::MaxCalls(1)],
            vec![NewCaveat::MaxCalls(0)],
            vec![NewCaveat::Exp(1)],
            vec![NewCaveat::ToolAllow(vec!["read_*".to_owned()])],
            vec![NewCaveat::MaxCost(7)],
        ] {
            let decided =
                settle(&mut Counters::default(), ask(&snapshot, capability(&caveats)), now());
            let token = mint(&ROOT, &claims(), &caveats, id(1));
            let said = simulated(&snapshot, holder(token));
            let outcome = decided.outcome;
            assert_eq!((said.decision, said.code), (outcome.decision, outcome.code), "{caveats:?}");
            assert_eq!(said.would, outcome.would.unwrap_or(outcome.decision));
            assert_eq!((said.reason, said.checks), (outcome.reason.into_owned(), outcome.checks));
            assert_eq!(said.limits, decided.limits);
        }
    }
}

#[test]
fn what_is_only_known_counts_while_its_root_key_does() {
    let mut snapshot = snapshot();
    let kept = Supposed::Known { contents: known(&[]), root_key: Some(id(1)) };
    let new = Supposed::Known { contents: known(&[]), root_key: None };
    assert_eq!(simulated(&snapshot, kept.clone()).code, "ok");
    assert_eq!(simulated(&snapshot, new.clone()).code, "ok");
    snapshot.root_keys.clear();
    assert_eq!(simulated(&snapshot, kept).code, "credential.signature");
    assert_eq!(simulated(&snapshot, new).code, "ok", "it would be minted under another");
}

#[test]
fn the_keys_that_stand_in_sign_nothing_that_is_presented() {
    let snapshot = snapshot();
    for number in [0, 1] {
        let forged = mint(&[0; 32], &claims(), &[], id(number));
        let said = simulated(&snapshot, holder(forged));
        assert_eq!((said.code, said.decided_by), ("credential.signature", Some("credential")));
    }
    assert_eq!(simulated(&snapshot, Supposed::Nobody).code, "credential.missing");
}

#[test]
fn who_would_be_refused_is_refused() {
    let mut snapshot = snapshot();
    let ask = |snapshot: &Snapshot, caller| {
        let situation = Situation { caller, ..situation(Supposed::Nobody) };
        simulate(snapshot, situation, now()).map(drop)
    };
    assert_eq!(ask(&snapshot, Some(id(1))), Ok(()));
    assert_eq!(ask(&snapshot, Some(id(9))), Err(Refusal::CallerUnknown));
    snapshot.tenant_state = TenantState::Suspended;
    assert_eq!(ask(&snapshot, None), Err(Refusal::TenantSuspended));
}

#[test]
fn all_that_is_against_it_is_named_and_all_that_is_left() {
    let mut snapshot = snapshot();
    let capability = known(&[r#"{"t":"exp","exp":1}"#, r#"{"t":"max_calls","max_calls":5}"#]);
    snapshot.kill_switches.tenant = true;
    snapshot.kill_switches.agents.insert("agent-x".to_owned());
    snapshot.revocations.jtis.insert("leaf".to_owned());
    let found = obstacles(&snapshot, id(1), Some(&*capability), now());
    let codes: Vec<&str> = found.iter().map(|obstacle| obstacle.code).collect();
    let all = ["kill_switch", "kill_switch", "credential.expired", "credential.revoked"];
    assert_eq!(codes, all);
    assert_eq!(obstacles(&snapshot, id(1), None, now()).len(), 1);

    let budgets = gw_decision::budgets(&capability);
    let left = left(&budgets, &Counters::default(), now());
    assert_eq!((left.len(), left[0].total, left[0].remaining), (1, 5, 5));
    assert!(left[0].limit.starts_with("calls:") && left[0].resets_at.is_none());
}
