use axum::http::StatusCode;
use chrono::TimeDelta;
use gw_gates::Gates;
use gw_testkit::{App, Database, TestTenant};
use serde_json::{Value, json};

async fn three_gates(db: &Database, app: &App, tenant: &TestTenant) {
    for (name, slug, profile) in
        [("Edge EU", "edge-eu", "L1"), ("100%_sure", "sure", "L2"), ("edge us", "us", "L3")]
    {
        let request = json!({ "name": name, "gate_id": slug, "profile": profile });
        let (status, made) = app.post("/v1/gates", &tenant.api_key, request).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        db.clock.advance(TimeDelta::seconds(1));
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|gate| gate["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_run_from_the_newest_to_the_oldest() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    three_gates(&db, &app, &tenant).await;

    let (_, first) = app.get("/v1/gates?limit=2", &tenant.api_key).await;
    assert_eq!(names(&first["items"]), ["edge us", "100%_sure"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("/v1/gates?limit=2&cursor={cursor}");
    let (_, second) = app.get(&path, &tenant.api_key).await;
    assert_eq!(names(&second["items"]), ["Edge EU"]);
    assert_eq!(second["next_cursor"], Value::Null);
    let (_, skipped) = app.get("/v1/gates?offset=2", &tenant.api_key).await;
    assert_eq!(names(&skipped["items"]), ["Edge EU"]);
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    three_gates(&db, &app, &tenant).await;
    for (filter, expected) in [
        ("name_contains=EDGE", &["edge us", "Edge EU"][..]),
        ("name_contains=sur", &["100%_sure"]),
        ("name_contains=%25_", &["100%_sure"]),
        ("name_contains=%25", &["100%_sure"]),
        ("name_contains=%5C", &[]),
        ("profile=L3", &["edge us"]),
        ("profile=L3&name_contains=eu", &[]),
        ("status=active&limit=1", &["edge us"]),
        ("status=archived", &[]),
    ] {
        let (status, list) = app.get(&format!("/v1/gates?{filter}"), &tenant.api_key).await;
        assert_eq!(status, StatusCode::OK, "{filter}: {list}");
        assert_eq!(names(&list["items"]), expected, "{filter}");
    }
    for filter in [
        "status=gone",
        "profile=L9",
        "limit=0",
        "limit=1001",
        "cursor=x",
        "offset=-1",
        "name_contains=%00",
    ] {
        let (status, problem) = app.get(&format!("/v1/gates?{filter}"), &tenant.api_key).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{filter}");
        assert_eq!(problem["code"], "request.invalid_query", "{filter}");
    }
}

#[tokio::test]
async fn other_mounts_answer_a_bare_array_unless_told() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    three_gates(&db, &app, &tenant).await;
    for mount in ["/api/v1", "/api", ""] {
        let (_, bare) = app.get(&format!("{mount}/gates?limit=1"), &tenant.api_key).await;
        assert_eq!(names(&bare), ["edge us"], "{mount}");
        let path = format!("{mount}/gates?page=object&limit=1");
        let (_, page) = app.get(&path, &tenant.api_key).await;
        assert_eq!(names(&page["items"]), ["edge us"], "{mount}");
    }
}
