use futures::future::join_all;
use gw_credentials::capability::{NewCaveat, attenuate};
use http::StatusCode;

use crate::world::{World, world};

/// Asks so many times at once, and counts the answers that say yes.
async fn storm(world: &World, token: &str, callers: usize) -> usize {
    let answers = join_all((0..callers).map(|_| world.ask_with(token))).await;
    let mut allowed = 0;
    for (status, answer) in answers {
        assert_eq!(status, StatusCode::OK, "{answer:#}");
        match answer["decision"].as_str() {
            Some("allow") => allowed += 1,
            _ => assert_eq!(answer["code"], "budget.calls", "{answer:#}"),
        }
    }
    allowed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn max_calls_n_is_exactly_n_under_64_concurrent_callers() {
    let world = world().await;
    for limit in [0, 1, 17] {
        let token = world.token(&[NewCaveat::MaxCalls(limit)]);
        assert_eq!(storm(&world, &token, 64).await, usize::try_from(limit).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_siblings_stay_apart_and_within_their_parent() {
    let world = world().await;
    let parent = world.token(&[NewCaveat::MaxCalls(10)]);
    let child = |calls| attenuate(&parent, &[NewCaveat::MaxCalls(calls)]).unwrap();
    let (three, five) = (child(3), child(5));
    assert_eq!(storm(&world, &three, 16).await, 3);
    assert_eq!(storm(&world, &five, 16).await, 5);
    assert_eq!(storm(&world, &parent, 16).await, 2, "ten in all");
}

#[tokio::test]
async fn a_blocked_check_takes_nothing_and_limits_show_what_is_left() {
    let world = world().await;
    let caveats = [NewCaveat::MaxCalls(2), NewCaveat::ToolAllow(vec!["api:search".to_owned()])];
    let token = world.token(&caveats);
    let mut other = crate::world::search(&token);
    other["action"] = "api:delete".into();
    for _ in 0..3 {
        assert_eq!(world.ask(other.clone()).await.1["code"], "scope.denied");
    }
    for left in [1, 0] {
        let (_, answer) = world.ask_with(&token).await;
        assert_eq!(answer["decision"], "allow", "{answer:#}");
        assert_eq!(answer["limits"][0]["remaining"], left);
    }
    assert_eq!(world.ask_with(&token).await.1["code"], "budget.calls");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rate_of_n_is_exactly_n_a_minute_under_64_concurrent_callers() {
    let world = world().await;
    let token = world.token(&[NewCaveat::RateLimit(17)]);
    let answers = join_all((0..64).map(|_| world.ask_with(&token))).await;
    let allowed = answers.iter().filter(|(_, answer)| answer["decision"] == "allow").count();
    assert_eq!(allowed, 17);
    let (_, blocked) = answers.into_iter().find(|(_, it)| it["decision"] == "block").unwrap();
    assert_eq!(blocked["code"], "budget.rate");
    assert!((1..=60).contains(&blocked["retry_after"].as_u64().unwrap()), "{blocked:#}");
    assert_eq!(blocked["limits"][0]["remaining"], 0);
    assert!(blocked["limits"][0]["resets_at"].is_string());

    // The minute is over when the database says so.
    sqlx::query("update journal.counters set since = since - interval '1 minute'")
        .execute(&world.db.owner().await)
        .await
        .unwrap();
    assert_eq!(world.ask_with(&token).await.1["decision"], "allow");
}

#[tokio::test]
async fn cost_is_counted_for_parent_and_child() {
    let world = world().await;
    let parent = world.token(&[NewCaveat::MaxCost(100)]);
    let child = attenuate(&parent, &[NewCaveat::MaxCost(70)]).unwrap();
    let spend = async |token: &str, cents: Option<i64>| {
        let mut body = crate::world::search(token);
        body["cost_cents"] = cents.into();
        let (_, answer) = world.ask(body).await;
        answer["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(spend(&child, None).await, "budget.cost");
    assert_eq!(spend(&child, Some(60)).await, "ok");
    assert_eq!(spend(&child, Some(11)).await, "budget.cost");
    assert_eq!(spend(&parent, Some(41)).await, "budget.cost");
    assert_eq!(spend(&parent, Some(40)).await, "ok");
    assert_eq!(spend(&child, Some(10)).await, "budget.cost", "the parent has nothing left");
    assert_eq!(spend(&child, Some(0)).await, "ok");
}
