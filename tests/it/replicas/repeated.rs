//! One idempotency key, two processes: one record, and never an old yes after a new no.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Value, json};

use super::{Customer, Pair, door::check, ledger::Ledger};

const ROUNDS: usize = 60;
const TENANTS: usize = 8;

fn keyed(token: &str, action: &str) -> Value {
    let mut body = check(token, action);
    body["idempotency_key"] = action.into();
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_allowed_is_not_after_a_revocation_on_the_other_process() {
    let pair = Arc::new(Pair::start().await);
    let workers = Customer::many(&pair, TENANTS).await.into_iter().map(|who| {
        let pair = Arc::clone(&pair);
        tokio::spawn(async move {
            for n in 0..ROUNDS {
                let mut doors = pair.doors();
                doors.rotate_left(n % 2);
                let [revokes, asked] = doors;
                let action = format!("read_{n}");
                let (token, jti) = who.mint(&revokes, json!({})).await;
                let ask = || asked.check_with(&who, &who.key, keyed(&token, &action));
                let first = ask().await.unwrap();
                assert!(first.allows(), "{first:?}");
                let again = revokes.check_with(&who, &who.key, keyed(&token, &action)).await;
                assert_eq!(again.unwrap().body, first.body, "the other process answers the same");
                let body = json!({ "jti": jti });
                revokes.post("/v1/admin/revoke", &who.key, body).await.unwrap().done();
                let after = ask().await.unwrap();
                assert_eq!((after.status, after.code()), (200, "credential.revoked"), "{after:?}");
            }
            let ledger = Ledger::read(pair.database.url(), &who).await;
            assert_eq!(ledger.allowed(), ROUNDS, "one record that allows for each key");
        })
    });
    join_all(workers).await.into_iter().for_each(Result::unwrap);
    Arc::into_inner(pair).unwrap().end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_used_on_both_processes_at_once_is_decided_once() {
    let pair = Pair::start().await;
    let doors = pair.doors();
    let who = Customer::many(&pair, 1).await.remove(0);
    let (token, _) = who.mint(&doors[0], json!({ "max_calls": 1_000 })).await;
    for n in 0..20 {
        let action = format!("read_{n}");
        let asked =
            (0..16).map(|i| doors[i % 2].check_with(&who, &who.key, keyed(&token, &action)));
        let answers: Vec<_> = join_all(asked).await.into_iter().map(Result::unwrap).collect();
        assert!(answers.iter().all(|said| said.allows() && said.body == answers[0].body));
    }
    assert_eq!(Ledger::read(pair.database.url(), &who).await.allowed(), 20);
    pair.end().await;
}
