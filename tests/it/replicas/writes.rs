//! A configuration that changes fifty times a second stops nobody's checks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use super::{Customer, Pair};

/// Changes, and the time between two of them: fifty a second.
const WRITES: usize = 400;
const PERIOD: Duration = Duration::from_millis(20);
const CLIENTS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn no_check_is_given_up_at_fifty_configuration_writes_a_second() {
    let pair = Arc::new(Pair::start().await);
    let [first, _] = pair.doors();
    let who = Customer::many(&pair, 1).await.remove(0);
    let (token, _) = who.mint(&first, json!({})).await;
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let door = pair.doors()[n % 2].clone();
            let (who, token, stop) = (who.clone(), token.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut answers = 0;
                while !stop.load(Ordering::Relaxed) {
                    let said = door.check(&who, &token, "read_it").await.unwrap();
                    assert!(said.allows(), "{said:?}");
                    answers += 1;
                }
                answers
            })
        })
        .collect();

    let (began, mut pace) = (Instant::now(), interval(PERIOD));
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for n in 0..WRITES {
        pace.tick().await;
        let body = json!({ "jti": format!("nobody-{n}") });
        first.post("/v1/admin/revoke", &who.key, body).await.unwrap().done();
    }
    let took = began.elapsed();
    stop.store(true, Ordering::Relaxed);
    let answers: usize = join_all(clients).await.into_iter().map(Result::unwrap).sum();
    eprintln!("{WRITES} configuration writes in {took:?}, and {answers} checks, all allowed");
    assert!(answers > WRITES, "{answers}");
    Arc::into_inner(pair).unwrap().end().await;
}
