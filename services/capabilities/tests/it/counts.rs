use axum::http::StatusCode;
use chrono::TimeDelta;
use gw_capabilities::Capabilities;
use gw_testkit::{App, TestTenant};
use serde_json::{Value, json};

const ROOT_KEYS: &str = "/v1/admin/root-keys";

#[tokio::test]
async fn revocations_are_counted() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    for order in [json!({ "jtis": ["a", "b"] }), json!({ "subject": "agent-x", "jti": "c" })] {
        assert_eq!(app.post("/v1/admin/revoke", &acme.api_key, order).await.0, StatusCode::OK);
    }
    let by = format!("revoked_by={}", acme.key);
    let expected = [
        ("", 4),
        ("jti=a", 1),
        ("subject=agent-x", 1),
        ("root_jti=a", 0),
        ("since=2100-01-01T00:00:00Z", 0),
        ("until=2100-01-01T00:00:00Z&offset=2", 4),
        (by.as_str(), 4),
        ("revoked_by=somebody", 0),
    ];
    let path = "/v1/admin/revocations";
    app.demand_counted(path, &acme.api_key, &expected).await;

    // What has ended is listed no more, and not counted either.
    let many = "insert into capabilities.revocations (tenant_id, id, kind, selected, revocation_id,
             expires_at, revoked_at, revoked_by_kind, revoked_by_id)
         select $1, gen_random_uuid(), 'jti', $2 || n, gen_random_uuid(), $3, $3, 'machine', 'test'
         from generate_series(1, 9997) n";
    let now = gw_kernel::Clock::now(&*db.clock);
    for (named, ends) in [("ended-", now - TimeDelta::days(1)), ("lasting-", now)] {
        app.demand_counted(path, &acme.api_key, &[("", 4)]).await;
        let many = sqlx::query(many).bind(acme.id.uuid()).bind(named).bind(ends);
        many.execute(&db.owner().await).await.unwrap();
    }
    app.demand_capped(path, &acme.api_key).await;
}

#[tokio::test]
async fn root_keys_are_found_by_state_and_counted() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let mint = json!({ "subject": "agent-x" });
    assert_eq!(app.post("/v1/admin/mint", &acme.api_key, mint).await.0, StatusCode::OK);
    for overlap in [0, 60, 3600] {
        db.clock.advance(TimeDelta::seconds(1));
        let (path, order) = (format!("{ROOT_KEYS}/rotate"), json!({ "overlap_seconds": overlap }));
        assert_eq!(app.post(&path, &acme.api_key, order).await.0, StatusCode::OK);
    }
    let all = app.get(ROOT_KEYS, &acme.api_key).await.1;
    assert_eq!(states(&all), ["active", "retiring", "retiring", "retired"]);
    for (state, rows) in [("active", &[0][..]), ("retiring", &[1, 2]), ("retired", &[3])] {
        assert_eq!(in_state(&app, &acme, state).await, ids(&all, rows), "{state}");
    }
    let expected = [("", 4), ("state=active", 1), ("state=retiring", 2), ("state=retired", 1)];
    app.demand_counted(ROOT_KEYS, &acme.api_key, &expected).await;
    let (_, part) = app.get(&format!("{ROOT_KEYS}?state=retiring&limit=1"), &acme.api_key).await;
    let cursor = part["next_cursor"].as_str().unwrap();
    let rest = format!("{ROOT_KEYS}?state=retiring&limit=1&cursor={cursor}");
    let (_, rest) = app.get(&rest, &acme.api_key).await;
    assert_eq!((ids(&rest, &[0]), &rest["next_cursor"]), (ids(&all, &[2]), &Value::Null));

    // An overlap that has ended is over, whatever was stored when it began.
    db.clock.advance(TimeDelta::seconds(60));
    assert_eq!(in_state(&app, &acme, "retired").await, ids(&all, &[2, 3]));
    assert_eq!(in_state(&app, &acme, "retiring").await, ids(&all, &[1]));
    for bad in ["state=gone", "state=", "state=Active"] {
        let (status, problem) = app.get(&format!("{ROOT_KEYS}?{bad}"), &acme.api_key).await;
        let told = (status, &problem["code"]);
        assert_eq!(told, (StatusCode::BAD_REQUEST, &json!("request.invalid_query")), "{bad}");
    }

    let many = "insert into capabilities.root_keys (tenant_id, id, state, sealed, created_at, accepted_until)
         select $1, gen_random_uuid(), 'retired', '', now(), now() - interval '1 day'
         from generate_series(1, 9997)";
    sqlx::query(many).bind(acme.id.uuid()).execute(&db.owner().await).await.unwrap();
    app.demand_capped(ROOT_KEYS, &acme.api_key).await;
}

async fn in_state(app: &App, tenant: &TestTenant, state: &str) -> Vec<Value> {
    let list = app.get(&format!("{ROOT_KEYS}?state={state}"), &tenant.api_key).await.1;
    let rows: Vec<usize> = (0..list["items"].as_array().unwrap().len()).collect();
    ids(&list, &rows)
}

fn ids(list: &Value, rows: &[usize]) -> Vec<Value> {
    rows.iter().map(|row| list["items"][*row]["key_id"].clone()).collect()
}

fn states(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap()).collect()
}
