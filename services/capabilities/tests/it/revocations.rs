use axum::http::StatusCode;
use chrono::TimeDelta;
use gw_capabilities::Capabilities;
use gw_testkit::{App, Database, TestTenant};
use serde_json::{Value, json};

async fn revoke_four(db: &Database, app: &App, tenant: &TestTenant) {
    for jti in ["a", "b", "c", "d"] {
        app.post("/v1/admin/revoke", &tenant.api_key, json!({ "jti": jti })).await;
        db.clock.advance(TimeDelta::seconds(1));
    }
}

fn jtis(list: &Value) -> String {
    let rows = list["revocations"].as_array().unwrap().iter();
    rows.map(|row| row["jti"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_list_is_paged_by_cursor_and_by_offset_newest_first() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    revoke_four(&db, &app, &tenant).await;
    let (_, first) = app.get("/v1/admin/revocations?limit=3", &tenant.api_key).await;
    assert_eq!(jtis(&first), "dcb");
    assert_eq!(first["revocations"][0]["tenant"], json!(tenant.id));
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("/v1/admin/revocations?limit=3&cursor={cursor}");
    let (_, second) = app.get(&path, &tenant.api_key).await;
    assert_eq!((jtis(&second).as_str(), &second["next_cursor"]), ("a", &Value::Null));
    let path = "/v1/admin/revocations?limit=2&offset=1";
    let (_, skipped) = app.get(path, &tenant.api_key).await;
    assert_eq!((&skipped["limit"], &skipped["offset"]), (&json!(2), &json!(1)));
    assert_eq!(jtis(&skipped), "cb");
}

#[tokio::test]
async fn a_limit_that_is_no_number_counts_as_absent() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    revoke_four(&db, &app, &tenant).await;
    for (query, limit, offset, shown) in [
        ("", 100, 0, "dcba"),
        ("?limit=many&offset=few", 100, 0, "dcba"),
        ("?limit=0", 1, 0, "d"),
        ("?limit=-5&offset=-5", 1, 0, "d"),
        ("?limit=5000", 1000, 0, "dcba"),
        ("?limit=99999999999999999999", 100, 0, "dcba"),
        ("?offset=9", 100, 9, ""),
    ] {
        let path = format!("/v1/admin/revocations{query}");
        let (status, list) = app.get(&path, &tenant.api_key).await;
        assert_eq!(status, StatusCode::OK, "{query}");
        assert_eq!((&list["limit"], &list["offset"]), (&json!(limit), &json!(offset)), "{query}");
        assert_eq!(jtis(&list), shown, "{query}");
    }
    let path = "/v1/admin/revocations?cursor=elsewhere";
    let (status, problem) = app.get(path, &tenant.api_key).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["code"], "request.invalid_query");
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    revoke_four(&db, &app, &tenant).await;
    let (_, all) = app.get("/v1/admin/revocations", &tenant.api_key).await;
    let at = |row: usize| all["revocations"][row]["revoked_at"].as_str().unwrap().to_owned();
    for (filter, shown) in [
        ("jti=b".to_owned(), "b"),
        ("jti=e".to_owned(), ""),
        ("subject=b".to_owned(), ""),
        (format!("since={}", at(1)), "dc"),
        (format!("until={}", at(1)), "ba"),
        (format!("since={}&until={}", at(2), at(0)), "cb"),
        (format!("revoked_by={}", tenant.key), "dcba"),
        ("revoked_by=somebody".to_owned(), ""),
    ] {
        let path = format!("/v1/admin/revocations?{filter}");
        let (_, list) = app.get(&path, &tenant.api_key).await;
        assert_eq!(jtis(&list), shown, "{filter}");
    }
    for filter in ["since=yesterday", "until=1", "jti=a&hop_id=b"] {
        let path = format!("/v1/admin/revocations?{filter}");
        let (status, problem) = app.get(&path, &tenant.api_key).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{filter}");
        assert_eq!(problem["code"], "request.invalid_query");
    }
}
