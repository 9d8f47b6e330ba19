//! Units under load: whatever changes meanwhile, changes before or after all of one unit.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::future::join_all;
use gw_check::Check;
use gw_credentials::capability::NewCaveat;
use http::StatusCode;
use serde_json::Value;

use super::{ask_at, codes, number, positions};
use crate::{
    kill_switches::set_halt,
    world::{World, search, world},
};

/// Every unit's size.
const SIZE: usize = 5;

/// The answers to a unit; where a busy machine has none in time, it is asked again.
async fn unit(world: &World, app: &gw_testkit::App, token: &str) -> Vec<Value> {
    loop {
        let (status, mut answer) = ask_at(app, world, vec![search(token); SIZE]).await;
        if status == StatusCode::OK {
            let Value::Array(answers) = answer["answers"].take() else { panic!("{answer:#}") };
            return answers;
        }
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer:#}");
        assert_ne!(answer["code"], "check.outcome_unknown", "{answer:#}");
    }
}

/// All of a unit is of one epoch and one checkpoint, and its records stand side by side.
fn assert_one(answers: &[Value]) {
    let positions = positions(answers);
    assert!(positions.windows(2).all(|two| two[0] + 1 == two[1]), "{positions:?}");
    let of = |part: fn(&Value) -> String| answers.iter().map(part).collect::<BTreeSet<_>>();
    assert_eq!(of(|answer| answer["basis"]["epoch"].to_string()).len(), 1);
    let checkpoint = |answer: &Value| {
        let receipt = answer["attestation"]["receipt"].as_str().unwrap();
        receipt.split_once("\n\n").unwrap().1.to_owned()
    };
    assert_eq!(of(checkpoint).len(), 1, "one commit");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_budget_of_n_is_n_for_64_callers_on_two_replicas() {
    let world = world().await;
    let replica = gw_testkit::app::<Check>(&world.db).await;
    // Both have loaded the tenant, or half of the callers would wait for that.
    for app in [&world.app, &replica] {
        unit(&world, app, &world.token(&[])).await;
    }
    let token = world.token(&[NewCaveat::MaxCalls(167)]);
    let callers = (0..64)
        .map(|caller| unit(&world, if caller % 2 == 0 { &world.app } else { &replica }, &token));
    let units = join_all(callers).await;
    let mut allowed = 0;
    for answers in &units {
        assert_one(answers);
        let yes = answers.iter().take_while(|answer| answer["decision"] == "allow").count();
        assert!(answers[yes..].iter().all(|answer| answer["code"] == "budget.calls"));
        allowed += yes;
    }
    assert_eq!(allowed, 167);
    let used = "select used from journal.counters where tenant_id = $1 and key like 'calls:%'";
    assert_eq!(number(&world, used).await, 167);
}

/// The other replica hears of a revocation from the head alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revocation_comes_before_or_after_all_of_a_unit() {
    let world = Arc::new(world().await);
    let replica = Arc::new(gw_testkit::app::<Check>(&world.db).await);
    for _ in 0..12 {
        let (token, jti) = world.mint(&[]);
        let over = Arc::new(AtomicBool::new(false));
        let callers = (0..4).map(|caller| {
            let (world, replica, over) =
                (Arc::clone(&world), Arc::clone(&replica), Arc::clone(&over));
            let token = token.clone();
            tokio::spawn(async move {
                let app = if caller % 2 == 0 { &world.app } else { &*replica };
                loop {
                    let last = over.load(Ordering::SeqCst);
                    let answers = unit(&world, app, &token).await;
                    assert_one(&answers);
                    let codes: BTreeSet<&str> = codes(&answers).into_iter().collect();
                    assert_eq!(codes.len(), 1, "{codes:?}");
                    if last {
                        return assert!(codes.contains("credential.revoked"), "{codes:?}");
                    }
                }
            })
        });
        let callers: Vec<_> = callers.collect();
        world.revoke(&jti).await;
        over.store(true, Ordering::SeqCst);
        for caller in callers {
            caller.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_halt_comes_before_or_after_all_of_a_unit() {
    let world = Arc::new(world().await);
    let token = world.token(&[NewCaveat::MaxCalls(1_000_000)]);
    let over = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (world, token, over) = (Arc::clone(&world), token.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                let mut seen = BTreeSet::new();
                while !over.load(Ordering::SeqCst) {
                    let answers = unit(&world, &world.app, &token).await;
                    assert_one(&answers);
                    let codes: BTreeSet<&str> = codes(&answers).into_iter().collect();
                    assert_eq!(codes.len(), 1, "{codes:?}");
                    seen.extend(codes.into_iter().map(str::to_owned));
                }
                seen
            })
        })
        .collect();
    for _ in 0..10 {
        set_halt(&world, true).await;
        let halted = unit(&world, &world.app, &token).await;
        assert_eq!(codes(&halted), ["kill_switch"; SIZE], "it began after the halt");
        set_halt(&world, false).await;
        let goes_on = unit(&world, &world.app, &token).await;
        assert_eq!(codes(&goes_on), ["ok"; SIZE]);
    }
    over.store(true, Ordering::SeqCst);
    let seen = join_all(callers).await.into_iter().flat_map(Result::unwrap);
    let seen: BTreeSet<String> = seen.collect();
    assert_eq!(seen, BTreeSet::from(["kill_switch".to_owned(), "ok".to_owned()]));
    let allowed = "select count(*) from journal.entries where tenant_id = $1
         and kind = 'check.decided.v1' and position('\"decision\":\"allow\"'::bytea in body) > 0";
    let used = "select used from journal.counters where tenant_id = $1 and key like 'calls:%'";
    assert_eq!(number(&world, used).await, number(&world, allowed).await, "a halt takes nothing");
}
