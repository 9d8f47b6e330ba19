use std::time::Duration;

use chrono::TimeDelta;
use gw_kernel::{ApiKeyId, Clock as _, GateId, OperatorId, Scope, ScopeSet, rfc3339};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::{
    history::limited_key,
    world::{World, follower},
};

/// How many decisions these rows count together.
pub(crate) fn total(usage: &Value) -> i64 {
    usage["decisions"].as_array().unwrap().iter().map(|row| row["count"].as_i64().unwrap()).sum()
}

/// How many decisions the log holds.
async fn decided(world: &World) -> i64 {
    let count =
        "select count(*) from journal.entries where tenant_id = $1 and kind = 'check.decided.v1'";
    let count = sqlx::query_scalar(count).bind(world.tenant.id.uuid());
    count.fetch_one(&world.db.owner().await).await.unwrap()
}

pub(crate) async fn usage(world: &World, query: &str) -> Value {
    let (status, usage) = world.get(&format!("/v1/admin/usage{query}")).await;
    assert_eq!(status, StatusCode::OK, "{query}: {usage}");
    usage
}

#[tokio::test]
async fn decisions_are_counted_by_day_gate_decision_and_caller() {
    let world = World::new().await;
    let (front, back) = (world.gate("gate_front").await, world.gate("gate_back").await);
    let other: ApiKeyId = world.db.new_id();
    let own = world.tenant.key;
    world.decide(front, &[("allow", Some(own)), ("block", Some(own)), ("allow", Some(own))]).await;
    world.decide(back, &[("request_hold", Some(other)), ("allow", None)]).await;
    // The first of them were made yesterday.
    sqlx::query("update journal.entries set day = day - 1 where idx < 4")
        .execute(&world.db.owner().await)
        .await
        .unwrap();
    let today = world.today().await;
    let yesterday = today.pred_opt().unwrap();
    let range = format!("?from={yesterday}&to={today}");

    let whole = usage(&world, &format!("{range}&by=")).await;
    assert_eq!(whole["decisions"], json!([{ "count": 5 }]));
    assert_eq!((&whole["counted_to"], &whole["size"]), (&json!(7), &json!(7)));
    assert_eq!(
        whole["administrative"],
        json!([{ "day": yesterday, "type": "gate.created.v1", "count": 2 }])
    );
    assert_eq!(
        usage(&world, &format!("{range}&by=decision")).await["decisions"],
        json!([
            { "decision": "allow", "count": 3 },
            { "decision": "block", "count": 1 },
            { "decision": "request_hold", "count": 1 },
        ])
    );
    let mut gates = [
        json!({ "day": yesterday, "gate_id": front, "count": 2 }),
        json!({ "day": today, "gate_id": front, "count": 1 }),
        json!({ "day": today, "gate_id": back, "count": 2 }),
    ];
    gates.sort_by_key(|row| [&row["day"], &row["gate_id"]].map(ToString::to_string));
    assert_eq!(usage(&world, &format!("{range}&by=gate,day")).await["decisions"], json!(gates));
    let callers = usage(&world, &format!("{range}&by=caller")).await;
    let mut expected = [
        json!({ "caller": own, "count": 3 }),
        json!({ "caller": other, "count": 1 }),
        json!({ "caller": "agent", "count": 1 }),
    ];
    expected.sort_by_key(|row| row["caller"].as_str().unwrap().to_owned());
    assert_eq!(callers["decisions"], json!(expected));

    let one_day = usage(&world, &format!("?from={yesterday}&to={yesterday}&by=decision")).await;
    assert_eq!(
        one_day["decisions"],
        json!([{ "decision": "allow", "count": 1 }, { "decision": "block", "count": 1 }])
    );
    let unsaid = usage(&world, "").await;
    assert_eq!((total(&unsaid), &unsaid["by"]), (5, &json!(["day", "decision"])));
    let none = usage(&world, "?from=2020-01-01&to=2020-12-31&by=").await;
    assert_eq!(none["decisions"], json!([]));
}

/// Three processes count what a writer writes, while their connections are cut.
#[tokio::test(flavor = "multi_thread")]
async fn every_decision_counts_once_whoever_counts_and_whatever_dies() {
    let world = World::new().await;
    let gate = world.gate("gate_front").await;
    let owner = world.db.owner().await;
    let others =
        [follower(&world.db, 1).await, follower(&world.db, 1).await, follower(&world.db, 1).await];
    let own = Some(world.tenant.key);
    let mut cut: i64 = 0;
    for round in 0_usize..150 {
        let decision = ["allow", "block", "request_hold"][round % 3];
        let made = vec![(decision, own); 40 + round];
        if round % 2 == 0 {
            world.decide(gate, &made).await;
        } else {
            world.decide_tallied(gate, &made).await;
        }
        if round % 10 == 0 {
            world.key_created(None).await;
        }
        // Whoever digests, wherever that is: most are hit between two statements or in one.
        let terminated: i64 = sqlx::query_scalar(
            "select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity
             where datname = current_database()
               and (query like '%audit.%' or query like '%journal.published_%')
               and pid <> pg_backend_pid()
               and state <> 'idle'",
        )
        .fetch_one(&owner)
        .await
        .unwrap();
        cut += terminated;
    }
    assert!(cut > 10, "hardly anybody was cut: {cut}");
    let decided = decided(&world).await;
    let counted = loop {
        let (status, usage) = world.get("/v1/admin/usage?by=decision").await;
        if status == StatusCode::OK && usage["counted_to"] == usage["size"] {
            break usage;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(total(&counted), decided, "{counted}");
    let by_decision: Vec<i64> = sqlx::query_scalar(
        "select count(*) from journal.entries where kind = 'check.decided.v1'
         group by convert_from(body, 'UTF8')::jsonb #>> '{data,decision}'
         order by convert_from(body, 'UTF8')::jsonb #>> '{data,decision}'",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    let rows = counted["decisions"].as_array().unwrap();
    let told: Vec<i64> = rows.iter().map(|row| row["count"].as_i64().unwrap()).collect();
    assert_eq!(told, by_decision);
    let administrative = counted["administrative"].as_array().unwrap();
    let keys = administrative.iter().find(|row| row["type"] == "api_key.created.v1").unwrap();
    assert_eq!(keys["count"], 15);
    let changes: i64 =
        sqlx::query_scalar("select count(*) from audit.changes").fetch_one(&owner).await.unwrap();
    assert_eq!(changes, 16);
    drop(others);
}

#[tokio::test]
async fn what_a_tenant_has_is_held_against_what_it_may_have() {
    let world = World::new().await;
    world.db.tenant("other").await;
    world.gate("gate_front").await;
    world.gate("gate_back").await;
    let owner = world.db.owner().await;
    let scopes = ScopeSet::from_iter([Scope::GatesRead]);
    let ended = [
        "revoked_at = now()".to_owned(),
        format!("expires_at = '{}'", rfc3339(world.db.clock.now())),
        format!("expires_at = '{}'", rfc3339(world.db.clock.now() + TimeDelta::seconds(1))),
    ];
    for how in ended {
        let (key, _) = world.db.api_key(world.tenant.id, &scopes, "machine").await;
        let sql = format!("update tenants.api_keys set {how} where key_id = $1");
        let update = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(key.uuid());
        update.execute(&owner).await.unwrap();
    }
    sqlx::query("update gates.gates set state = 'archived' where slug = 'gate_back'")
        .execute(&owner)
        .await
        .unwrap();
    let operator: OperatorId = world.db.new_id();
    let suspended: OperatorId = world.db.new_id();
    for (operator, state) in [(operator, "active"), (suspended, "suspended")] {
        sqlx::query(
            "insert into tenants.operators (tenant_id, operator_id, name, mail, roles, created_by_kind,
                 created_by_id, created_at, updated_at, state)
             values ($1, $2, 'a', $3 || '@example.org', '{viewer}', 'machine', 'test', now(), now(), $3)",
        )
        .bind(world.tenant.id.uuid())
        .bind(operator.uuid())
        .bind(state)
        .execute(&owner)
        .await
        .unwrap();
    }
    sqlx::query("insert into tenants.limits values ($1, 10, 100, 2, 1, 30, now())")
        .bind(world.tenant.id.uuid())
        .execute(&owner)
        .await
        .unwrap();
    assert_eq!(
        usage(&world, "").await["resources"],
        json!([
            { "resource": "gates", "used": 1, "limit": 100, "percent": 1, "warning": false },
            { "resource": "api_keys", "used": 2, "limit": 2, "percent": 100, "warning": true },
            { "resource": "operators", "used": 1, "limit": 1, "percent": 100, "warning": true },
        ])
    );
    // What the worker counts moves with the administrative entries that change it.
    let near = async || {
        let near = "select near_limit from audit.cursors where tenant_id = $1";
        let near = sqlx::query_scalar(near).bind(world.tenant.id.uuid());
        near.fetch_one(&owner).await.unwrap()
    };
    world.key_created(None).await;
    usage(&world, "").await;
    assert!(near().await);
    sqlx::query("update tenants.limits set api_keys = 3, operators = 2")
        .execute(&owner)
        .await
        .unwrap();
    world.key_created(None).await;
    let told = usage(&world, "").await;
    assert_eq!(told["resources"][1]["percent"], 66, "{told}");
    assert!(!near().await);
}

#[tokio::test]
async fn a_record_that_is_gone_counts_all_the_same() {
    let world = World::new().await;
    let gate = world.gate("gate_front").await;
    world.decide(gate, &[("allow", Some(world.tenant.key)); 3]).await;
    sqlx::query("update journal.entries set body = null where idx = 2")
        .execute(&world.db.owner().await)
        .await
        .unwrap();
    let usage = usage(&world, "?by=decision").await;
    assert_eq!(
        usage["decisions"],
        json!([{ "decision": "allow", "count": 2 }, { "decision": "unknown", "count": 1 }])
    );
}

#[tokio::test]
async fn a_log_with_a_gap_is_counted_up_to_it() {
    let world = World::new().await;
    let gate = world.gate("gate_front").await;
    world.decide(gate, &[("allow", Some(world.tenant.key)); 4]).await;
    sqlx::query("delete from journal.entries where idx = 3")
        .execute(&world.db.owner().await)
        .await
        .unwrap();
    let usage = usage(&world, "?by=").await;
    assert_eq!((total(&usage), &usage["counted_to"], &usage["size"]), (0, &json!(0), &json!(5)));
    let (status, problem) =
        world.get("/v1/admin/api-keys/ak_00000000000000000000000001/history").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("history.behind"))
    );
}

#[tokio::test]
async fn what_cannot_be_counted_is_refused_by_its_code() {
    let world = World::new().await;
    for query in [
        "from=yesterday",
        "to=2026-02-30",
        "from=2026-01-02&to=2026-01-01",
        "from=2024-01-01&to=2026-01-01",
        "by=hour",
        "by=day,,gate",
    ] {
        let (status, problem) = world.get(&format!("/v1/admin/usage?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}: {problem}");
        assert_eq!(problem["code"], "request.invalid_query", "{query}");
    }
    let gate = world.gate("gate_front").await;
    let limited = limited_key(&world, gate).await;
    let scopes = ScopeSet::from_iter([Scope::DecisionsRead]);
    let (_, lesser) = world.db.api_key(world.tenant.id, &scopes, "machine").await;
    for key in [limited, lesser] {
        let (status, problem) = world.app.get("/v1/admin/usage", &key).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("caller.forbidden")));
    }
}

#[tokio::test]
async fn the_platform_reads_a_tenants_usage_and_both_logs_say_so() {
    let world = World::new().await;
    let platform = world.db.platform().await;
    let gate: GateId = world.gate("gate_front").await;
    world.decide(gate, &[("allow", Some(world.tenant.key)); 2]).await;
    let (status, problem) = world.app.get("/v1/admin/usage", &platform.api_key).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["code"], "request.tenant_required");

    let request = Request::get("/v1/admin/usage")
        .header("authorization", format!("Bearer {}", platform.api_key))
        .header("gatewright-tenant", world.tenant.id.to_string())
        .body(Default::default())
        .unwrap();
    let answer = world.app.send(request).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let told: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(total(&told), 2);
    let read: i64 = sqlx::query_scalar(
        "select count(distinct tenant_id) from journal.entries where kind = 'platform.tenant_read.v1'",
    )
    .fetch_one(&world.db.owner().await)
    .await
    .unwrap();
    assert_eq!(read, 2);
}

#[tokio::test]
async fn how_much_is_left_to_read_is_a_figure() {
    let db = gw_testkit::database().await;
    let follower = follower(&db, 1).await;
    for figure in ["gatewright_audit_entries_behind ", "gatewright_tenants_near_limits "] {
        while !follower.page("/metrics").await.1.contains(figure) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
