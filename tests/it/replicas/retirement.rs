//! A key pair that was replaced or retired on one process signs nothing on the other.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use gw_db::Role;
use serde_json::json;

use super::{Customer, Pair, ledger::index};
use crate::tamper::reader;

const ROTATIONS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_pair_that_was_replaced_on_one_process_never_signs_on_the_other() {
    let pair = Arc::new(Pair::start().await);
    let [first, second] = pair.doors();
    let who = Customer::many(&pair, 1).await.remove(0);
    let (token, _) = who.mint(&first, json!({})).await;
    let stop = Arc::new(AtomicBool::new(false));
    // Checks that are under way while keys change: their answers are held against the positions.
    let others: Vec<_> = pair
        .doors()
        .map(|door| {
            let (who, token, stop) = (who.clone(), token.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut answers = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    answers.push(door.check(&who, &token, "read_it").await.unwrap());
                }
                answers
            })
        })
        .into();

    let path = format!("/v1/gates/{}/keypairs", who.gate);
    for n in 0..ROTATIONS {
        let old = second.check(&who, &token, "read_it").await.unwrap().done();
        let old = old["attestation"]["signing_key_id"].as_str().unwrap().to_owned();
        let rotate = json!({ "overlap_seconds": 600 });
        let made = first.post(&format!("{path}/rotate"), &who.key, rotate).await.unwrap().done();
        if n % 2 == 0 {
            let retire = format!("{path}/{old}/retire");
            first.post(&retire, &who.key, json!({})).await.unwrap().done();
        }
        let after = second.check(&who, &token, "read_it").await.unwrap();
        let signer = after.body["attestation"]["signing_key_id"].as_str().unwrap();
        assert_eq!(signer, made["key_id"].as_str().unwrap(), "the new key signs at once");
        assert!(index(&after) >= made["signs_from"].as_i64().unwrap(), "{made:#}");
    }
    stop.store(true, Ordering::Relaxed);
    let listed = list(&pair, &path, &who).await;
    let mut under_way = 0;
    for other in others {
        for said in other.await.unwrap() {
            assert!(said.allows(), "{said:?}");
            let signer = &said.body["attestation"]["signing_key_id"];
            let key = listed.iter().find(|key| key["key_id"] == *signer).unwrap();
            let position = index(&said);
            assert!(position >= key["signs_from"].as_i64().unwrap_or_default(), "{key:#}");
            assert!(key["signs_until"].as_i64().is_none_or(|end| position < end), "{key:#}");
            under_way += 1;
        }
    }
    assert!(under_way > ROTATIONS, "{under_way}");
    let db = reader(&pair.database, &pair.first, Role::Check).await;
    let tenant = who.tenant.parse().unwrap();
    gw_audit::verify(&db, tenant, None, Vec::new(), &mut |_| {}).await.unwrap();
    Arc::into_inner(pair).unwrap().end().await;
}

async fn list(pair: &Pair, path: &str, who: &Customer) -> Vec<serde_json::Value> {
    let (status, listed) = pair.first.send("GET", path, &who.key, None).await;
    assert_eq!(status, 200, "{listed}");
    let items = listed["items"].as_array().or_else(|| listed.as_array());
    items.unwrap_or_else(|| panic!("{listed}")).clone()
}
