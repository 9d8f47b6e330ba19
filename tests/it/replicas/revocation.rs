//! Whatever ends a right on one process ends it on the other: a check that begins after the answer
//! is never allowed.

use std::sync::Arc;

use futures::future::join_all;
use gw_credentials::capability::{Capability, NewCaveat, attenuate};
use serde_json::json;

use super::{
    Customer, Pair,
    door::{Door, Said},
};

/// How often a capability is revoked on one process and shown to the other.
const TRIES: usize = 5_000;
/// Every process decides for so many tenants at once.
const TENANTS: usize = 16;
/// How often a tenant, a key or the like is ended; each try is some administrative writes.
const RARER: usize = 160;

/// `GATEWRIGHT_REVOCATION_TRIES` asks for more, never for fewer.
fn tries() -> usize {
    let more = std::env::var("GATEWRIGHT_REVOCATION_TRIES").ok();
    more.map_or(TRIES, |more| more.parse().unwrap()).max(TRIES)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capability_that_was_revoked_on_one_process_is_never_allowed_on_the_other() {
    let pair = Arc::new(Pair::start().await);
    let customers = Customer::many(&pair, TENANTS).await;
    let each = tries().div_ceil(TENANTS);
    let workers = customers.into_iter().map(|who| {
        let pair = Arc::clone(&pair);
        tokio::spawn(async move { revoke_and_ask(&pair, &who, each).await })
    });
    let allowed: usize = join_all(workers).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(allowed, 0, "of {} tries", each * TENANTS);
    Arc::into_inner(pair).unwrap().end().await;
}

/// Revokes in every way that there is, in turn, and asks the process that knows the old state.
async fn revoke_and_ask(pair: &Pair, who: &Customer, tries: usize) -> usize {
    let doors = pair.doors();
    let (root, _) = who.mint(&doors[0], json!({ "tools": ["read_*"] })).await;
    let mut allowed = 0;
    for n in 0..tries {
        let [revoker, asked] = if n % 2 == 0 { [0, 1] } else { [1, 0] }.map(|i| &doors[i]);
        let (token, revoked) = match n % 8 {
            0 | 1 => {
                let (token, jti) = who.mint(revoker, json!({ "tools": ["read_*"] })).await;
                (token, json!({ "jti": jti }))
            }
            2 | 3 => {
                let (token, _) = who.mint(revoker, json!({ "tools": ["read_*"] })).await;
                let root = Capability::decode(&token).unwrap().claims.root_jti;
                (token, json!({ "root_jti": root }))
            }
            _ => {
                let calls = i64::try_from(n + 1_000).unwrap();
                let child = attenuate(&root, &[NewCaveat::MaxCalls(calls)]).unwrap();
                let hop = asked.check(who, &child, "read_it").await.unwrap().done();
                let hop = hop["principal"]["hops"].as_array().unwrap().last().unwrap().clone();
                (child, json!({ "hop_id": hop }))
            }
        };
        if n % 8 < 4 {
            let before = asked.check(who, &token, "read_it").await.unwrap();
            assert!(before.allows(), "{before:?}");
        }
        revoker.post("/v1/admin/revoke", &who.key, revoked).await.unwrap().done();
        let after = asked.check(who, &token, "read_it").await.unwrap();
        assert_eq!(after.status, 200, "{after:?}");
        allowed += usize::from(after.code() != "credential.revoked");
    }
    allowed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_revoked_on_one_process_asks_nothing_on_the_other() {
    let pair = Arc::new(Pair::start().await);
    let customers = Customer::many(&pair, 8).await;
    let workers = customers.into_iter().map(|who| {
        let pair = Arc::clone(&pair);
        tokio::spawn(async move {
            let [first, second] = pair.doors();
            let (token, _) = who.mint(&first, json!({})).await;
            for n in 0..RARER / 8 {
                let order = json!({ "name": format!("key {n}"), "scopes": ["checks:write"] });
                let path = "/v1/admin/api-keys";
                let made = first.post(path, &who.key, order).await.unwrap().done();
                let key = made["api_key"].as_str().unwrap();
                let ask = || second.check_with(&who, key, super::door::check(&token, "read_it"));
                assert!(ask().await.unwrap().allows());
                let path = format!("{path}/{}/revoke", made["key_id"].as_str().unwrap());
                first.post(&path, &who.key, json!({})).await.unwrap().done();
                let after = ask().await.unwrap();
                assert_eq!((after.status, after.code()), (401, "caller.unknown"), "{after:?}");
            }
        })
    });
    join_all(workers).await.into_iter().for_each(Result::unwrap);
    Arc::into_inner(pair).unwrap().end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_was_suspended_on_one_process_is_refused_by_the_other_until_resumed() {
    let pair = Arc::new(Pair::start().await);
    let customers = Customer::many(&pair, 8).await;
    let workers = customers.into_iter().map(|who| {
        let pair = Arc::clone(&pair);
        tokio::spawn(async move {
            let [first, second] = pair.doors();
            let (token, _) = who.mint(&first, json!({})).await;
            for _ in 0..RARER / 8 {
                assert!(second.check(&who, &token, "read_it").await.unwrap().allows());
                switch(&pair, &first, &who, "suspend").await;
                let after = second.check(&who, &token, "read_it").await.unwrap();
                assert_eq!((after.status, after.code()), (403, "tenant.suspended"), "{after:?}");
                switch(&pair, &first, &who, "resume").await;
            }
        })
    });
    join_all(workers).await.into_iter().for_each(Result::unwrap);
    Arc::into_inner(pair).unwrap().end().await;
}

async fn switch(pair: &Pair, door: &Door, who: &Customer, to: &str) {
    let path = format!("/v1/admin/tenants/{}/{to}", who.tenant);
    let said: Said = door.post(&path, &pair.first.ready.platform_key, json!({})).await.unwrap();
    said.done();
}
