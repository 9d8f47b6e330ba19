//! A kill switch that is engaged on one process halts the other from its next check on, and lets go
//! of it when it is released.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Value, json};

use super::{Customer, Pair, door::Door};

/// How often each switch of each tenant is engaged.
const ROUNDS: usize = 40;
const TENANTS: usize = 4;

async fn switch(door: &Door, key: &str, to: &str, order: &Value) {
    let path = format!("/v1/admin/kill-switch{to}");
    door.post(&path, key, order.clone()).await.unwrap().done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_of_a_tenant_its_gate_or_its_agent_halts_the_other_process() {
    let pair = Arc::new(Pair::start().await);
    let workers = Customer::many(&pair, TENANTS).await.into_iter().map(|who| {
        let pair = Arc::clone(&pair);
        tokio::spawn(async move {
            let (token, _) = who.mint(&pair.doors()[0], json!({})).await;
            let orders = [
                json!({ "scope": "tenant", "reason": "drill" }),
                json!({ "scope": "gate", "value": who.gate, "reason": "drill" }),
                json!({ "scope": "agent", "value": "agent-x", "reason": "drill" }),
            ];
            for n in 0..ROUNDS {
                let mut doors = pair.doors();
                doors.rotate_left(n % 2);
                let ([engages, asked], order) = (doors, &orders[n % 3]);
                assert!(asked.check(&who, &token, "read_it").await.unwrap().allows());
                switch(&engages, &who.key, "", order).await;
                let halted = asked.check(&who, &token, "read_it").await.unwrap();
                assert_eq!((halted.status, halted.code()), (200, "kill_switch"), "{halted:?}");
                switch(&engages, &who.key, "/release", order).await;
            }
            assert!(pair.doors()[1].check(&who, &token, "read_it").await.unwrap().allows());
        })
    });
    join_all(workers).await.into_iter().for_each(Result::unwrap);
    Arc::into_inner(pair).unwrap().end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_global_switch_halts_every_tenant_on_the_other_process() {
    let pair = Pair::start().await;
    let [first, second] = pair.doors();
    let mut customers = Vec::new();
    for who in Customer::many(&pair, TENANTS).await {
        let (token, _) = who.mint(&first, json!({})).await;
        customers.push((who, token));
    }
    let order = json!({ "scope": "global", "reason": "drill" });
    let platform = &pair.first.ready.platform_key;
    for _ in 0..ROUNDS / 4 {
        let ask = || join_all(customers.iter().map(|(who, token)| second.check(who, token, "pay")));
        assert!(ask().await.into_iter().all(|said| said.unwrap().allows()));
        switch(&first, platform, "", &order).await;
        for halted in ask().await.into_iter().map(Result::unwrap) {
            assert_eq!((halted.status, halted.code()), (200, "kill_switch"), "{halted:?}");
        }
        switch(&first, platform, "/release", &order).await;
    }
    pair.end().await;
}
