use axum::http::{Request, StatusCode};
use gw_kernel::{GateId, Scope, ScopeSet, TenantId};
use gw_tenants::Tenants;
use gw_testkit::{App, Database, TestTenant};
use serde_json::{Value, json};

use crate::{kinds, log, text, unrelated};

const PATH: &str = "/v1/admin/kill-switch";
const RELEASE: &str = "/v1/admin/kill-switch/release";

async fn add_gate(db: &Database, tenant: &TestTenant, slug: &str) -> GateId {
    let gate: GateId = db.new_id();
    sqlx::query(
        "insert into gates.gates (tenant_id, id, slug, name, profile, mode, signing,
             is_discoverable, state, created_at, updated_at, created_by_kind, created_by_id)
         values ($1, $2, $3, 'Front', 'L1', 'enforce', 'each', false, 'active', now(), now(),
             'machine', 'test')",
    )
    .bind(tenant.id.uuid())
    .bind(gate.uuid())
    .bind(slug)
    .execute(&db.owner().await)
    .await
    .unwrap();
    gate
}

async fn halted(db: &Database) -> bool {
    let halted = sqlx::query_scalar("select engaged from journal.halt");
    halted.fetch_one(&db.owner().await).await.unwrap()
}

async fn listed(app: &App, key: &str, query: &str) -> Vec<String> {
    let (status, list) = app.get(&format!("{PATH}{query}"), key).await;
    assert_eq!(status, StatusCode::OK, "{list:#}");
    let rows = list["kill_switch"].as_array().unwrap().iter();
    rows.map(|row| format!("{} {}", text(row, "scope"), text(row, "state"))).collect()
}

#[tokio::test]
async fn a_switch_is_engaged_once_released_once_and_the_log_says_who_and_why() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let gate = add_gate(&db, &acme, "gate_front").await;
    let targets = [
        (json!({ "scope": "tenant", "reason": "loose" }), acme.id.to_string()),
        (json!({ "scope": "gate", "value": "gate_front", "reason": "loose" }), gate.to_string()),
        (
            json!({ "scope": "agent", "value": " Agent-\u{e9} ", "reason": "loose" }),
            " Agent-\u{e9} ".to_owned(),
        ),
    ];
    for (n, (wanted, value)) in targets.into_iter().enumerate() {
        let (status, made) = app.post(PATH, &acme.api_key, wanted.clone()).await;
        assert_eq!((status, &made["ok"]), (StatusCode::OK, &json!(true)), "{made:#}");
        let entry = &made["entry"];
        assert_eq!((&entry["value"], &entry["state"]), (&json!(value), &json!("engaged")));
        assert_eq!((&entry["tenant"], &entry["reason"]), (&json!(acme.id), &json!("loose")));
        assert_eq!(entry["engaged_by"]["id"], acme.key.to_string());
        assert_eq!(made["epoch"], json!(2 * n + 1));
        let mut again = wanted.clone();
        again["reason"] = json!("another");
        let (_, again) = app.post(PATH, &acme.api_key, again).await;
        assert_eq!(again, made);

        let (status, ended) = app.post(RELEASE, &acme.api_key, wanted.clone()).await;
        assert_eq!((status, &ended["entry"]["state"]), (StatusCode::OK, &json!("released")));
        assert_eq!(ended["entry"]["switch_id"], entry["switch_id"]);
        assert_eq!(
            (&ended["entry"]["release_reason"], &ended["epoch"]),
            (&json!("loose"), &json!(2 * n + 2))
        );
        let (status, problem) = app.post(RELEASE, &acme.api_key, wanted).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("kill_switch.not_engaged"))
        );
    }
    let pair = ["kill_switch.engaged.v1", "kill_switch.released.v1"];
    assert_eq!(kinds(&db, acme.id).await, [pair, pair, pair].concat());
    let (_, first) = log(&db, acme.id).await.swap_remove(2);
    assert_eq!((&first["gate_id"], &first["moves_epoch"]), (&json!(gate), &json!(true)));
    assert_eq!(
        (&first["actor"]["id"], &first["reason"]),
        (&json!(acme.key.to_string()), &json!("loose"))
    );
    assert!(!halted(&db).await);
}

#[tokio::test]
async fn many_who_engage_the_same_at_once_engage_it_once() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let wanted = json!({ "scope": "agent", "value": "a" });
    let engage = || app.post(PATH, &acme.api_key, wanted.clone());
    let answers = futures::future::join_all((0..8).map(|_| engage())).await;
    assert!(
        answers.iter().all(|(status, body)| *status == StatusCode::OK && *body == answers[0].1)
    );
    let release = || app.post(RELEASE, &acme.api_key, wanted.clone());
    let answers = futures::future::join_all((0..8).map(|_| release())).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == StatusCode::OK).count(), 1);
    assert_eq!(kinds(&db, acme.id).await, ["kill_switch.engaged.v1", "kill_switch.released.v1"]);
}

#[tokio::test]
async fn lists_show_what_is_engaged_unless_asked_otherwise() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    for agent in ["a", "b"] {
        let wanted = json!({ "scope": "agent", "value": agent });
        assert_eq!(app.post(PATH, &acme.api_key, wanted).await.0, StatusCode::OK);
    }
    assert_eq!(app.post(PATH, &acme.api_key, json!({ "scope": "tenant" })).await.0, StatusCode::OK);
    let wanted = json!({ "scope": "agent", "value": "a" });
    assert_eq!(app.post(RELEASE, &acme.api_key, wanted).await.0, StatusCode::OK);
    let key = &acme.api_key;
    assert_eq!(listed(&app, key, "").await.len(), 2);
    assert_eq!(listed(&app, key, "?scope=agent").await, ["agent engaged"]);
    assert_eq!(listed(&app, key, "?state=released").await, ["agent released"]);
    assert_eq!(listed(&app, key, "?state=any&value=a").await, ["agent released"]);
    assert_eq!(listed(&app, &other.api_key, "?state=any").await, [""; 0]);
    let (_, first) = app.get(&format!("{PATH}?state=any&limit=2"), key).await;
    assert_eq!(first["kill_switch"].as_array().unwrap().len(), 2);
    let rest = format!("?state=any&limit=2&cursor={}", text(&first, "next_cursor"));
    assert_eq!(listed(&app, key, &rest).await.len(), 1);
    assert_eq!(listed(&app, key, "?state=any&offset=2").await.len(), 1);
    for bad in ["?state=gone", "?scope=world", "?cursor=x"] {
        let (status, problem) = app.get(&format!("{PATH}{bad}"), key).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::BAD_REQUEST, &json!("request.invalid_query"))
        );
    }
    let (status, problem) = app.get(&format!("{PATH}?tenant={}", other.id), key).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::FORBIDDEN, &json!("kill_switch.another_tenant"))
    );
}

#[tokio::test]
async fn what_cannot_be_engaged_says_why() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let theirs = add_gate(&db, &other, "gate_theirs").await;
    let long = "x".repeat(513);
    let cases = [
        (json!({}), 400, "request.missing_member"),
        (json!({ "scope": "world" }), 400, "request.invalid_value"),
        (json!({ "scope": 1 }), 400, "request.wrong_type"),
        (json!({ "scope": "tenant", "more": 1 }), 400, "request.unknown_member"),
        (json!({ "scope": "tenant", "value": "other" }), 403, "kill_switch.another_tenant"),
        (json!({ "scope": "tenant", "tenant": other.id }), 403, "kill_switch.another_tenant"),
        (
            json!({ "scope": "tenant", "tenant": acme.id, "value": "x" }),
            422,
            "kill_switch.no_value",
        ),
        (json!({ "scope": "gate" }), 400, "request.missing_member"),
        (json!({ "scope": "gate", "value": "gate_theirs" }), 404, "gate.not_found"),
        (json!({ "scope": "gate", "value": theirs }), 404, "gate.not_found"),
        (json!({ "scope": "agent" }), 400, "request.missing_member"),
        (json!({ "scope": "agent", "value": "" }), 400, "request.missing_member"),
        (json!({ "scope": "agent", "value": long }), 400, "request.too_long"),
        (json!({ "scope": "agent", "value": 7 }), 400, "request.wrong_type"),
        (
            json!({ "scope": "agent", "value": "a", "tenant": other.id }),
            403,
            "kill_switch.another_tenant",
        ),
        (json!({ "scope": "global" }), 403, "caller.forbidden"),
    ];
    for (body, status, code) in cases {
        for path in [PATH, RELEASE] {
            let (answered, problem) = app.post(path, &acme.api_key, body.clone()).await;
            assert_eq!(
                (answered.as_u16(), &problem["code"]),
                (status, &json!(code)),
                "{body} {problem}"
            );
        }
    }
    let unknown: GateId = db.new_id();
    let answer = async |gate: GateId| {
        let wanted = json!({ "scope": "gate", "value": gate });
        let (status, problem) = app.post(PATH, &acme.api_key, wanted).await;
        (status, unrelated(problem))
    };
    assert_eq!(answer(theirs).await, answer(unknown).await);
    for own in [json!(acme.id), json!("acme"), json!("default"), json!("")] {
        let wanted = json!({ "scope": "agent", "value": "a", "tenant": own });
        assert_eq!(app.post(PATH, &acme.api_key, wanted).await.0, StatusCode::OK, "{own}");
    }
    assert_eq!(kinds(&db, acme.id).await, ["kill_switch.engaged.v1"]);
    assert_eq!(kinds(&db, other.id).await, [""; 0]);
}

#[tokio::test]
async fn reading_and_writing_are_rights_of_their_own_and_a_limited_key_reaches_its_gates() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (mine, not_mine) =
        (add_gate(&db, &acme, "gate_mine").await, add_gate(&db, &acme, "gate_other").await);
    let reads = ScopeSet::from_iter([Scope::KillSwitchRead]);
    let (_, reader) = db.api_key(acme.id, &reads, "machine").await;
    let (status, problem) = app.post(PATH, &reader, json!({ "scope": "tenant" })).await;
    assert_eq!(
        (status, &problem["required_scope"]),
        (StatusCode::FORBIDDEN, &json!("kill_switch:write"))
    );
    assert_eq!(listed(&app, &reader, "").await, [""; 0]);

    let (limited, key) = db.api_key(acme.id, &ScopeSet::from_iter([Scope::All]), "machine").await;
    sqlx::query("update tenants.api_keys set gates = array[$2] where key_id = $1")
        .bind(limited.uuid())
        .bind(mine.uuid())
        .execute(&db.owner().await)
        .await
        .unwrap();
    let engage = async |key: &str, body: Value| app.post(PATH, key, body).await.0.as_u16();
    assert_eq!(engage(&key, json!({ "scope": "gate", "value": mine })).await, 200);
    assert_eq!(engage(&key, json!({ "scope": "gate", "value": not_mine })).await, 404);
    assert_eq!(engage(&key, json!({ "scope": "agent", "value": "a" })).await, 403);
    assert_eq!(engage(&key, json!({ "scope": "tenant" })).await, 403);
    assert_eq!(engage(&acme.api_key, json!({ "scope": "gate", "value": not_mine })).await, 200);
    assert_eq!(listed(&app, &key, "").await, ["gate engaged"]);
}

#[tokio::test]
async fn the_platform_halts_everything_or_one_tenant_and_it_stands_in_the_right_logs() {
    let db = gw_testkit::database().await;
    let (platform, acme) = (db.platform().await, db.tenant("acme").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let global = json!({ "scope": "global", "reason": "incident 7" });
    let (status, made) = app.post(PATH, &platform.api_key, global.clone()).await;
    assert_eq!((status, &made["entry"]["tenant"]), (StatusCode::OK, &Value::Null), "{made:#}");
    assert!(halted(&db).await);
    let (_, again) = app.post(PATH, &platform.api_key, global.clone()).await;
    assert_eq!(again["entry"], made["entry"]);
    assert_eq!(listed(&app, &platform.api_key, "").await, ["global engaged"]);
    assert_eq!(app.post(RELEASE, &platform.api_key, global.clone()).await.0, StatusCode::OK);
    assert!(!halted(&db).await);
    let conflict = app.post(RELEASE, &platform.api_key, global.clone()).await.0;
    assert_eq!(conflict, StatusCode::CONFLICT);
    assert_eq!(kinds(&db, acme.id).await, [""; 0], "no tenant's epoch moves");
    let facts = kinds(&db, TenantId::PLATFORM).await;
    assert_eq!((&*facts[0], &*facts[3]), ("kill_switch.engaged.v1", "kill_switch.released.v1"));

    let named = json!({ "scope": "agent", "value": "a", "tenant": acme.id });
    let (status, made) = app.post(PATH, &platform.api_key, named).await;
    assert_eq!((status, &made["entry"]["tenant"]), (StatusCode::OK, &json!(acme.id)));
    assert_eq!(kinds(&db, acme.id).await, ["kill_switch.engaged.v1"]);
    assert_eq!(kinds(&db, TenantId::PLATFORM).await.last().unwrap(), "kill_switch.engaged.v1");
    let headed = |body: Value| {
        Request::post(PATH)
            .header("authorization", format!("Bearer {}", platform.api_key))
            .header("gatewright-tenant", acme.id.to_string())
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body.to_string()))
            .unwrap()
    };
    assert_eq!(app.send(headed(json!({ "scope": "tenant" }))).await.status(), StatusCode::OK);
    let nobody: TenantId = db.new_id();
    let refused = [
        (json!({ "scope": "tenant" }), 400, "request.tenant_required"),
        (json!({ "scope": "global", "tenant": acme.id }), 422, "kill_switch.global_names_tenant"),
        (json!({ "scope": "global", "value": "x" }), 422, "kill_switch.no_value"),
        (json!({ "scope": "tenant", "tenant": nobody }), 404, "tenant.not_found"),
        (json!({ "scope": "tenant", "tenant": TenantId::PLATFORM }), 409, "tenant.is_platform"),
    ];
    for (body, status, code) in refused {
        let (answered, problem) = app.post(PATH, &platform.api_key, body.clone()).await;
        assert_eq!((answered.as_u16(), &problem["code"]), (status, &json!(code)), "{body}");
    }
    assert_eq!(app.send(headed(json!({ "scope": "global" }))).await.status(), 422);
    assert!(!halted(&db).await);
}
