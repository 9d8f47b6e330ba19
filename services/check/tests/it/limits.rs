//! A caller that asks too often hears when to ask again, and keeps nobody else waiting.

use std::time::{Duration, Instant};

use axum::body::Body;
use chrono::TimeDelta;
use futures::future::join_all;
use gw_check::{Check, CheckConfig};
use gw_credentials::capability::{NewCaveat, attenuate};
use gw_kernel::{Scope, ScopeSet};
use gw_testkit::App;
use http::{Request, Response, StatusCode};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::{
    refusals::after_the_minute,
    world::{World, call, random, search, world},
};

async fn send(world: &World, path: &str, key: &str, body: Value) -> Response<Vec<u8>> {
    let request = Request::post(path)
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json");
    world.app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

fn json_of(answer: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

/// Asks the gate; in how many seconds to ask again, where that is the answer.
async fn ask(world: &World, key: &str) -> Option<u32> {
    let answer = send(world, &world.path(), key, search("x")).await;
    if answer.status() == StatusCode::OK {
        return None;
    }
    let told = (answer.status(), json_of(&answer)["code"].clone());
    assert_eq!(told, (StatusCode::TOO_MANY_REQUESTS, json!("caller.rate_limited")));
    Some(answer.headers()["retry-after"].to_str().unwrap().parse().unwrap())
}

async fn limit(world: &World, per_minute: i32) {
    sqlx::query("update tenants.api_keys set checks_per_minute = $1 where key_id = $2")
        .bind(per_minute)
        .bind(world.tenant.key.uuid())
        .execute(&world.db.owner().await)
        .await
        .unwrap();
}

/// The same world, where every caller has a limit.
async fn limited(per_second: u32) -> World {
    let world = world().await;
    let config = CheckConfig { caller_checks_per_second: per_second, ..CheckConfig::default() };
    let app = App::build::<Check>(&world.db, config).await;
    World { app, ..world }
}

#[tokio::test]
async fn a_key_gets_its_checks_a_minute_back_evenly_and_others_do_not_notice() {
    let world = world().await;
    let all = ScopeSet::from_iter([Scope::All]);
    let (_, other) = world.db.api_key(world.tenant.id, &all, "machine").await;
    limit(&world, 3).await;
    let own = world.tenant.api_key.clone();
    for _ in 0..3 {
        assert_eq!(ask(&world, &own).await, None);
    }
    let before = world.entries().await;
    assert_eq!(ask(&world, &own).await, Some(20));
    // Nothing is read of a body that is not looked at.
    assert_eq!(world.app.post_bytes(&world.path(), &own, "{").await.0.as_u16(), 429);
    for _ in 0..10 {
        assert_eq!(ask(&world, &other).await, None);
    }
    assert_eq!(world.entries().await, before + 10);
    world.db.clock.advance(TimeDelta::milliseconds(19_500));
    assert_eq!(ask(&world, &own).await, Some(1));
    world.db.clock.advance(TimeDelta::milliseconds(500));
    assert_eq!(ask(&world, &own).await, None);
    assert_eq!(ask(&world, &own).await, Some(20));
    // A clock that is put back lets nobody wait for what has not passed.
    world.db.clock.advance(TimeDelta::seconds(-3_600));
    assert_eq!(ask(&world, &own).await, Some(20));
    world.db.clock.advance(TimeDelta::seconds(20));
    assert_eq!(ask(&world, &own).await, None);
}

#[tokio::test]
async fn whoever_merely_names_a_key_takes_nothing_from_it() {
    let world = world().await;
    limit(&world, 2).await;
    let forged = || {
        let id = world.tenant.key;
        let (text, ..) = gw_web::api_key::generate(Some(world.tenant.id), id, random());
        text.expose_secret().to_owned()
    };
    for _ in 0..10 {
        let (status, _) = world.app.post(&world.path(), &forged(), search("x")).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let own = world.tenant.api_key.clone();
    assert_eq!([ask(&world, &own).await, ask(&world, &own).await], [None, None]);
    assert_eq!(ask(&world, &own).await, Some(30));
    let (status, _) = world.app.post(&world.path(), &forged(), search("x")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "and learns nothing of it");
}

#[tokio::test]
async fn a_rotated_key_keeps_its_limit_and_what_is_left_of_it_and_refusals_are_counted() {
    let world = world().await;
    limit(&world, 2).await;
    let old = world.tenant.api_key.clone();
    assert_eq!(ask(&world, &old).await, None);
    let new = world.rotate_api_key(TimeDelta::minutes(5)).await;
    assert_eq!(ask(&world, &new).await, None);
    assert_eq!(ask(&world, &new).await, Some(30));
    assert_eq!(ask(&world, &old).await, Some(30));
    let told = after_the_minute(&world, world.tenant.id, 1).await;
    let counted = (world.tenant.key.to_string(), "caller.rate_limited".to_owned(), 2);
    assert_eq!(told, [counted]);
}

#[tokio::test]
async fn where_every_caller_is_limited_a_keys_own_limit_goes_before() {
    let world = limited(2).await;
    let all = ScopeSet::from_iter([Scope::All]);
    let (_, other) = world.db.api_key(world.tenant.id, &all, "machine").await;
    limit(&world, 3).await;
    for (key, calls, wait) in [(&other, 2, 1), (&world.tenant.api_key, 3, 20)] {
        for _ in 0..calls {
            assert_eq!(ask(&world, key).await, None);
        }
        assert_eq!(ask(&world, key).await, Some(wait));
    }
}

#[tokio::test]
async fn agents_of_one_root_share_a_limit_and_are_told_as_they_are_told_of_denials() {
    let world = limited(2).await;
    let (token, other) = (world.token(&[]), world.token(&[]));
    let child = attenuate(&token, &[NewCaveat::ToolAllow(vec!["read".to_owned()])]).unwrap();
    let tool = json!({"tool": "read"});
    assert_eq!(
        json_of(&send(&world, "/v1/tool-call", &token, tool.clone()).await)["decision"],
        "allow"
    );
    let answer = send(&world, "/v1/mcp", &child, call("read")).await;
    assert!(json_of(&answer)["result"].is_object(), "{:#}", json_of(&answer));
    let before = world.entries().await;

    let answer = send(&world, "/v1/tool-call", &child, tool.clone()).await;
    assert_eq!(
        (answer.status(), &answer.headers()["retry-after"]),
        (StatusCode::OK, &"1".parse().unwrap())
    );
    let told = json_of(&answer);
    assert_eq!((&told["decision"], &told["check"]), (&json!("block"), &json!("budget")));
    assert_eq!(told["code"], "caller.rate_limited");
    for request in [call("read"), json!({"jsonrpc": "2.0", "id": 1, "method": "ping"})] {
        let answer = send(&world, "/v1/mcp", &token, request).await;
        assert_eq!(
            (answer.status(), &answer.headers()["retry-after"]),
            (StatusCode::OK, &"1".parse().unwrap())
        );
        let error = json_of(&answer)["error"].take();
        assert_eq!(
            (&error["code"], &error["_intentgate"]["code"]),
            (&json!(-32013), &json!("caller.rate_limited"))
        );
    }
    assert_eq!(world.entries().await, before);
    assert_eq!(
        json_of(&send(&world, "/v1/tool-call", &other, tool.clone()).await)["decision"],
        "allow"
    );
    world.db.clock.advance(TimeDelta::seconds(1));
    assert_eq!(json_of(&send(&world, "/v1/tool-call", &child, tool).await)["decision"], "allow");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_at_once_when_to_come_back() {
    let world = world().await;
    let config = CheckConfig { queue: 16, ..CheckConfig::default() };
    let app = App::build::<Check>(&world.db, config).await;
    let world = World { app, ..world };
    assert_eq!(world.ask(search("x")).await.0, StatusCode::OK);
    let mut holder = world.db.owner().await.begin().await.unwrap();
    sqlx::query("select from journal.heads where tenant_id = $1 for update")
        .bind(world.tenant.id.uuid())
        .execute(&mut *holder)
        .await
        .unwrap();

    let key = &world.tenant.api_key;
    let asked = (0..32).map(async |_| {
        let began = Instant::now();
        let answer = send(&world, &world.path(), key, search("x")).await;
        (answer, began.elapsed())
    });
    let answers = join_all(asked).await;
    for (answer, _) in &answers {
        let told = (answer.status(), json_of(answer)["code"].clone());
        assert_eq!(told, (StatusCode::SERVICE_UNAVAILABLE, json!("check.journal_unavailable")));
        assert_eq!(answer.headers()["retry-after"], "1");
    }
    // The tenant's share of the queue waits for its head until the deadline, two seconds later.
    let at_once = answers.iter().filter(|(_, took)| *took < Duration::from_secs(1)).count();
    assert!((16..32).contains(&at_once), "{at_once}");
    holder.rollback().await.unwrap();
}

/// How many checks a second all of a tenant's callers may ask for.
async fn tenant_limit(world: &World, per_second: i32) {
    sqlx::query(
        "insert into tenants.limits (tenant_id, checks_per_second, gates, api_keys, operators,
             retention_days, updated_at)
         values ($1, $2, 100, 100, 100, 30, now())
         on conflict (tenant_id) do update set checks_per_second = $2",
    )
    .bind(world.tenant.id.uuid())
    .bind(per_second)
    .execute(&world.db.owner().await)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_tenants_callers_share_its_limit_and_answers_say_how_it_stands() {
    let world = world().await;
    tenant_limit(&world, 4).await;
    limit(&world, 60).await;
    let all = ScopeSet::from_iter([Scope::All]);
    let (_, other) = world.db.api_key(world.tenant.id, &all, "machine").await;
    let header = |answer: &Response<Vec<u8>>, name: &str| {
        answer.headers()[name].to_str().unwrap().to_owned()
    };

    let answer = send(&world, &world.path(), &world.tenant.api_key, search("x")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let policy = r#""caller";q=60;w=60, "tenant";q=4;w=1"#;
    assert_eq!(header(&answer, "ratelimit-policy"), policy);
    assert_eq!(header(&answer, "ratelimit"), r#""caller";r=59;t=1, "tenant";r=3;t=1"#);
    let answer = send(&world, &world.path(), &other, search("x")).await;
    assert_eq!(header(&answer, "ratelimit"), r#""tenant";r=2;t=1"#);
    let tool = json!({ "tool": "read" });
    let answer = send(&world, "/v1/tool-call", &world.token(&[]), tool).await;
    assert_eq!(header(&answer, "ratelimit"), r#""tenant";r=1;t=1"#);
    send(&world, &world.path(), &other, search("x")).await;

    let before = world.entries().await;
    let answer = send(&world, &world.path(), &world.tenant.api_key, search("x")).await;
    let told = (answer.status(), json_of(&answer)["code"].clone());
    assert_eq!(told, (StatusCode::TOO_MANY_REQUESTS, json!("limit.checks_per_second")));
    assert_eq!(header(&answer, "retry-after"), "1");
    assert_eq!(header(&answer, "ratelimit"), r#""caller";r=58;t=1, "tenant";r=0;t=1"#);
    let answer = send(&world, "/v1/mcp", &world.token(&[]), call("read")).await;
    assert_eq!(header(&answer, "ratelimit"), r#""tenant";r=0;t=1"#);
    assert_eq!(json_of(&answer)["error"]["code"], -32013);
    assert_eq!(world.entries().await, before, "what is refused never comes to a lane");
    world.db.clock.advance(TimeDelta::seconds(1));
    assert_eq!(ask(&world, &other).await, None);
}

#[tokio::test]
async fn a_limit_that_is_changed_is_seen_with_the_next_configuration() {
    let world = world().await;
    tenant_limit(&world, 1).await;
    let key = world.tenant.api_key.clone();
    assert_eq!(ask(&world, &key).await, None);
    let answer = send(&world, &world.path(), &key, search("x")).await;
    assert_eq!(json_of(&answer)["code"], "limit.checks_per_second");

    tenant_limit(&world, 3).await;
    world.set_tenant_state("active").await;
    world.db.clock.advance(TimeDelta::seconds(1));
    // The first check may still take from what was known before the change; it is decided with it.
    let mut taken = 0;
    while send(&world, &world.path(), &key, search("x")).await.status() == StatusCode::OK {
        taken += 1;
    }
    assert!(matches!(taken, 3 | 4), "{taken}");
}
