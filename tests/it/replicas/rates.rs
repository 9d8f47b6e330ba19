//! A minute is one minute, whatever the processes' own clocks say: the batch's time is Postgres'.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::json;

use super::{Customer, Pair, door::Door, no_deadlocks};
use crate::server::Server;

const RATE: usize = 60;

/// A process whose time of day is off by this much.
async fn with_clock(first: &Server, offset: &str) -> Server {
    let library = gw_testkit::tools::faketime();
    first
        .beside(&[
            ("LD_PRELOAD", library.to_str().unwrap()),
            ("FAKETIME", offset),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ])
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_exact_across_processes_whose_clocks_disagree() {
    let mut pair = Pair::start().await;
    let mut fast = with_clock(&pair.first, "+90s").await;
    let mut slow = with_clock(&pair.first, "-90s").await;
    let doors = [&pair.first, &fast, &slow].map(Door::to);
    for (door, ready) in doors.iter().zip([true, false, false]) {
        assert_eq!(is_ready(door).await, ready, "a clock that is far off serves nobody new");
    }
    let who = Customer::many(&pair, 1).await.remove(0);
    let rate = i64::try_from(RATE).unwrap();
    let (token, _) = who.mint(&doors[0], json!({ "rate_per_min": rate })).await;

    for round in 0..3 {
        // Who begins the window is by turns the one whose clock is right, fast and slow.
        let mut allowed = usize::from(ask(&doors[round], &who, &token).await);
        let others = Arc::new(doors.clone());
        let asked = (0..4 * RATE).map(|n| {
            let (doors, who, token) = (Arc::clone(&others), who.clone(), token.clone());
            tokio::spawn(async move { ask(&doors[n % 3], &who, &token).await })
        });
        for said in join_all(asked).await {
            allowed += usize::from(said.unwrap());
        }
        assert_eq!(allowed, RATE, "round {round}");
        // The minute is over when the database says so.
        sqlx::query("update journal.counters set since = since - interval '1 minute'")
            .execute(&pair.database.owner().await)
            .await
            .unwrap();
    }
    for server in [&mut pair.first, &mut pair.second, &mut fast, &mut slow] {
        assert_eq!(server.terminate(), Some(0));
    }
    no_deadlocks(pair.database.url()).await;
}

async fn ask(door: &Door, who: &Customer, token: &str) -> bool {
    let said = door.check(who, token, "read_it").await.unwrap();
    assert!(said.allows() || said.code() == "budget.rate", "{said:?}");
    said.allows()
}

async fn is_ready(door: &Door) -> bool {
    door.get("/readyz").await.body["ready"] == true
}
