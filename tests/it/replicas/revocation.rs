//! Whatever ends a right on one process ends it on the other: a check that begins after the answer
//! is never allowed.

use std::sync::Arc;

use futures::future::join_all;
use gw_credentials::capability::{Capability, NewCaveat, attenuate};
use serde_json::{Value, json};

use super::{
    Customer, Pair,
    door::{Door, Said},
};

/// How often a capability is revoked on one process and shown to the other.
const TRIES: usize = 5_000;
/// Every process decides for so many tenants at once.
const TENANTS: usize = 16;
/// How many capabilities of one chain are revoked one after the other, the narrowest first.
const HOPS: usize = 8;
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
    let each = tries().div_ceil(TENANTS).next_multiple_of(HOPS + 2);
    let workers = customers.into_iter().map(|who| {
        let pair = Arc::clone(&pair);
        tokio::spawn(async move { revoke_and_ask(&pair, &who, each).await })
    });
    let allowed: usize = join_all(workers).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(allowed, 0, "of {} tries", each * TENANTS);
    Arc::into_inner(pair).unwrap().end().await;
}

/// Revokes in every way that there is, in turn, and asks the process that knows the old state. How
/// often that said anything else than that it is revoked.
async fn revoke_and_ask(pair: &Pair, who: &Customer, tries: usize) -> usize {
    let mut doors = pair.doors();
    let (root, _) = who.mint(&doors[0], json!({ "tools": ["read_*"] })).await;
    let mut allowed = 0;
    for _ in 0..tries.div_ceil(HOPS + 2) {
        let [revoker, asked] = &doors;
        for (token, revoked) in rights(who, revoker, asked, &root).await {
            revoker.post("/v1/admin/revoke", &who.key, revoked).await.unwrap().done();
            let after = asked.check(who, &token, "read_it").await.unwrap();
            assert_eq!(after.status, 200, "{after:?}");
            allowed += usize::from(after.code() != "credential.revoked");
        }
        doors.swap(0, 1);
    }
    assert!(doors[0].check(who, &root, "read_it").await.unwrap().allows(), "and nothing else");
    allowed
}

/// Capabilities that the process to be asked allows, each with what revokes it and none before it.
async fn rights(who: &Customer, revoker: &Door, asked: &Door, root: &str) -> Vec<(String, Value)> {
    let mut chain = vec![root.to_owned()];
    for n in 0..HOPS {
        let more = NewCaveat::MaxCalls(i64::try_from(1_000_000 - n).unwrap());
        let nonce = NewCaveat::ToolAllow(vec![
            "read_*".to_owned(),
            format!("{:032x}", rand::random::<u128>()),
        ]);
        let caveat = if n == 0 { nonce } else { more };
        chain.push(attenuate(&chain[n], &[caveat]).unwrap());
    }
    let last = asked.check(who, &chain[HOPS], "read_it").await.unwrap();
    assert!(last.allows(), "{last:?}");
    let hops = last.body["principal"]["hops"].as_array().unwrap();
    let tail = chain[1..].iter().zip(&hops[hops.len() - HOPS..]).rev();
    let mut rights: Vec<_> =
        tail.map(|(token, hop)| (token.clone(), json!({ "hop_id": hop }))).collect();

    let (by_jti, jti) = who.mint(revoker, json!({ "tools": ["read_*"] })).await;
    let (by_root, _) = who.mint(revoker, json!({ "tools": ["read_*"] })).await;
    let root = Capability::decode(&by_root).unwrap().claims.root_jti;
    rights.push((by_jti, json!({ "jti": jti })));
    rights.push((by_root, json!({ "root_jti": root })));
    for (token, _) in &rights[HOPS..] {
        let before = asked.check(who, token, "read_it").await.unwrap();
        assert!(before.allows(), "{before:?}");
    }
    rights
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
