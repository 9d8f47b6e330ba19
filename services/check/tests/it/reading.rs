use std::collections::BTreeSet;

use chrono::TimeDelta;
use gw_credentials::capability::NewCaveat;
use gw_kernel::{Clock as _, DecisionId, rfc3339};
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{search, world};

#[tokio::test]
async fn a_decision_reads_back_as_the_attestation_that_its_caller_got() {
    let mut world = world().await;
    for signing in ["each", "batch"] {
        world.gate = world.add_gate(None, "L1", signing).await;
        let token = world.token(&[NewCaveat::MaxCalls(1)]);
        for code in ["ok", "budget.calls"] {
            let (_, answer) = world.ask_with(&token).await;
            assert_eq!(answer["code"], code, "{answer:#}");
            for id in ["decision_id", "attestation_id"] {
                let path = format!("/v1/admin/decisions/{}", answer[id].as_str().unwrap());
                let (status, read) = world.app.get(&path, &world.tenant.api_key).await;
                assert_eq!(status, StatusCode::OK, "{read:#}");
                assert_eq!(read["attestation"], answer["attestation"], "{signing} {code}");
                assert_eq!(read["decision_id"], answer["decision_id"]);
                assert_eq!(read["reason_code"], answer["reason_code"]);
                assert_eq!(read["record"]["data"]["decision"], answer["decision"]);
                assert_eq!(read["created_at"], answer["evaluated_at"]);
            }
        }
    }
}

#[tokio::test]
async fn a_gates_decisions_are_listed_newest_first_in_pages() {
    let world = world().await;
    let token = world.token(&[]);
    let mut asked = Vec::new();
    for _ in 0..7 {
        asked.push(world.ask_with(&token).await.1["decision_id"].clone());
    }
    asked.reverse();
    let mut seen: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    for expected in [3, 3, 1] {
        let path = format!("/v1/gates/gate_front/attestations?limit=3{cursor}");
        let (status, page) = world.app.get(&path, &world.tenant.api_key).await;
        assert_eq!(status, StatusCode::OK, "{page:#}");
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), expected);
        seen.extend(items.iter().map(|item| item["decision_id"].clone()));
        cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap_or("end"));
    }
    assert_eq!(cursor, "&cursor=end");
    assert_eq!(seen, asked);
}

#[tokio::test]
async fn the_list_is_filtered_and_is_a_bare_array_for_existing_clients() {
    let world = world().await;
    let token = world.token(&[]);
    world.ask_with(&token).await;
    world.ask(json!({"action": "api:delete"})).await;
    let list = async |query: &str| {
        let path = format!("/api/v1/gates/{}/attestations{query}", world.gate);
        let (status, rows) = world.app.get(&path, &world.tenant.api_key).await;
        assert_eq!(status, StatusCode::OK, "{rows:#}");
        rows.as_array().unwrap().clone()
    };
    let all = list("").await;
    assert_eq!(all.len(), 2);
    for row in &all {
        assert_eq!(row["id"], row["attestation"]["attestation_id"]);
        assert_eq!(row["attestation_json"], row["attestation"]["attestation_json"]);
        assert_eq!(row["public_key"], row["attestation"]["attester_public_key"]);
        assert!(row["signature"].is_string());
    }
    for (query, found) in [
        ("?decision=allow", vec!["api:search"]),
        ("?decision=PERMIT", vec!["api:search"]),
        ("?decision=block", vec!["api:delete"]),
        ("?agent_id=agent-1", vec!["api:search"]),
        ("?action=api:delete", vec!["api:delete"]),
        ("?permission=api:delete", vec!["api:delete"]),
        ("?passport_id=nobody", vec![]),
        ("?since=2999-01-01T00:00:00Z", vec![]),
        ("?until=2999-01-01T00:00:00Z&limit=1", vec!["api:delete"]),
    ] {
        let rows = list(query).await;
        let actions: Vec<_> = rows.iter().map(|row| row["action"].as_str().unwrap()).collect();
        assert_eq!(actions, found, "{query}");
    }
    let path = format!("/v1/gates/{}/attestations?decision=maybe", world.gate);
    let (status, problem) = world.app.get(&path, &world.tenant.api_key).await;
    assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("request.invalid_query")));
}

#[tokio::test]
async fn the_list_is_cut_at_moments_to_the_microsecond() {
    let world = world().await;
    let mut moments = Vec::new();
    for action in ["first", "second", "third"] {
        world.db.clock.advance(TimeDelta::microseconds(300));
        moments.push(rfc3339(world.db.clock.now()));
        world.ask(json!({"action": action})).await;
    }
    for (query, found) in [
        (format!("since={}", moments[0]), vec!["third", "second", "first"]),
        (format!("since={}", moments[1]), vec!["third", "second"]),
        (format!("until={}", moments[1]), vec!["first"]),
        (format!("since={}&until={}", moments[1], moments[2]), vec!["second"]),
        (format!("since={}&action=third", moments[1]), vec!["third"]),
    ] {
        let path = format!("/v1/gates/gate_front/attestations?{query}");
        let (status, page) = world.app.get(&path, &world.tenant.api_key).await;
        assert_eq!(status, StatusCode::OK, "{page:#}");
        let items = page["items"].as_array().unwrap();
        let actions: Vec<_> = items.iter().map(|row| row["action"].as_str().unwrap()).collect();
        assert_eq!(actions, found, "{query}");
    }
}

#[tokio::test]
async fn a_cursor_that_nobody_gave_out_is_refused() {
    let world = world().await;
    world.ask_with(&world.token(&[])).await;
    let id: DecisionId = world.db.new_id();
    let list = gw_kernel::ListTag::of("/gates/gate_front/attestations");
    let cursor = gw_kernel::Cursor(id.uuid()).write(list);
    let path = format!("/v1/gates/gate_front/attestations?cursor={cursor}");
    let (status, problem) = world.app.get(&path, &world.tenant.api_key).await;
    assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("request.invalid_query")));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_left_out_and_the_others_are_there() {
    let world = world().await;
    let mut asked = Vec::new();
    for _ in 0..4 {
        asked.push(world.ask_with(&world.token(&[])).await.1["decision_id"].clone());
    }
    let broken = [&b"\xff\xff"[..], br#"{"agent_id":"agent-1","decision":"allow"}"#];
    for (id, body) in asked.iter().zip(broken) {
        let id: DecisionId = id.as_str().unwrap().parse().unwrap();
        let changed = sqlx::query("update journal.entries set body = $1 where id = $2")
            .bind(body)
            .bind(id.uuid())
            .execute(&world.db.owner().await)
            .await
            .unwrap();
        assert_eq!(changed.rows_affected(), 1);
    }
    asked.reverse();
    for query in ["", "?agent_id=agent-1", "?decision=allow&limit=4"] {
        let path = format!("/v1/gates/gate_front/attestations{query}");
        let (status, page) = world.app.get(&path, &world.tenant.api_key).await;
        assert_eq!(status, StatusCode::OK, "{page:#}");
        let items = page["items"].as_array().unwrap();
        let found: Vec<_> = items.iter().map(|item| item["decision_id"].clone()).collect();
        assert_eq!(found, asked[..2], "{query}");
    }
    let path = format!("/v1/admin/decisions/{}", asked[3].as_str().unwrap());
    let (status, problem) = world.app.get(&path, &world.tenant.api_key).await;
    assert_eq!((status.as_u16(), &problem["code"]), (500, &json!("log.broken")));
}

#[tokio::test]
async fn another_tenant_finds_nothing() {
    let world = world().await;
    let (_, answer) = world.ask_with(&world.token(&[])).await;
    let other = world.db.tenant("other").await;
    let id = answer["decision_id"].as_str().unwrap();
    let (status, problem) =
        world.app.get(&format!("/v1/admin/decisions/{id}"), &other.api_key).await;
    assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("decision.not_found")));
    for gate in [world.gate.to_string(), "gate_front".to_owned()] {
        let path = format!("/v1/gates/{gate}/attestations");
        let (status, problem) = world.app.get(&path, &other.api_key).await;
        assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("gate.not_found")));
        let path = format!("/v1/gates/{gate}/check");
        let (status, problem) = world.app.post(&path, &other.api_key, search("x")).await;
        assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("gate.not_found")));
    }
    let path = format!("/v1/log/{}/checkpoint", world.tenant.id);
    assert_eq!(world.app.get(&path, &other.api_key).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_key_without_the_scope_reads_nothing() {
    let world = world().await;
    let scopes = BTreeSet::from([gw_kernel::Scope::ChecksWrite]);
    let (_, key) = world.db.api_key(world.tenant.id, &gw_kernel::ScopeSet(scopes), "machine").await;
    for (path, scope) in [
        (format!("/v1/gates/{}/attestations", world.gate), "decisions:read"),
        (format!("/v1/log/{}/checkpoint", world.tenant.id), "log:read"),
    ] {
        let (status, problem) = world.app.get(&path, &key).await;
        assert_eq!((status.as_u16(), &problem["required_scope"]), (403, &json!(scope)), "{path}");
    }
}

#[tokio::test]
async fn a_key_that_is_limited_to_gates_reaches_no_other() {
    let world = world().await;
    let (_, answer) = world.ask_with(&world.token(&[])).await;
    let other = world.add_gate(Some("gate_other"), "L1", "each").await;
    let (id, key) = world
        .db
        .api_key(world.tenant.id, &[gw_kernel::Scope::All].into_iter().collect(), "machine")
        .await;
    sqlx::query("update tenants.api_keys set gates = $1 where key_id = $2")
        .bind([other.uuid()])
        .bind(id.uuid())
        .execute(&world.db.owner().await)
        .await
        .unwrap();
    // A replica that loads the tenant with the key in it.
    let app = gw_testkit::app::<gw_check::Check>(&world.db).await;

    let path = format!("/v1/gates/{}/attestations", world.gate);
    assert_eq!(app.get(&path, &key).await.1["code"], "gate.not_found");
    let path = format!("/v1/admin/decisions/{}", answer["decision_id"].as_str().unwrap());
    assert_eq!(app.get(&path, &key).await.1["code"], "decision.not_found");
    let (status, problem) = app.post(&world.path(), &key, search("x")).await;
    assert_eq!((status.as_u16(), &problem["code"]), (403, &json!("caller.forbidden")));
    let (status, list) = app.get("/v1/gates/gate_other/attestations", &key).await;
    assert_eq!((status, &list["items"]), (StatusCode::OK, &json!([])));
}

#[tokio::test]
async fn what_the_platform_reads_of_a_tenant_is_in_both_logs() {
    let world = world().await;
    let (_, answer) = world.ask_with(&world.token(&[])).await;
    let platform = world.db.platform().await;
    let owner = world.db.owner().await;
    let read = "select count(*) from journal.entries where kind = 'platform.tenant_read.v1'";
    let paths = [
        format!("/v1/gates/{}/attestations", world.gate),
        format!("/v1/admin/decisions/{}", answer["decision_id"].as_str().unwrap()),
        format!("/v1/log/{}/checkpoint", world.tenant.id),
    ];
    for (done, path) in (1..).zip(paths) {
        let request = http::Request::get(&path)
            .header("authorization", format!("Bearer {}", platform.api_key))
            .header("gatewright-tenant", world.tenant.id.to_string())
            .body(axum::body::Body::empty())
            .unwrap();
        assert_eq!(world.app.send(request).await.status(), StatusCode::OK, "{path}");
        assert_eq!(world.app.get(&path, &world.tenant.api_key).await.0, StatusCode::OK);
        let entries: i64 = sqlx::query_scalar(read).fetch_one(&owner).await.unwrap();
        assert_eq!(entries, 2 * done, "{path}");
    }
}
