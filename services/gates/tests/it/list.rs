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
        ("state=active&status=active&mode=enforce", &["edge us", "100%_sure", "Edge EU"]),
        ("mode=observe", &[]),
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
        "status=active&state=archived",
        "mode=dry",
        "count=many",
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

#[tokio::test]
async fn a_list_is_the_same_while_gates_are_added_to_it() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    let add = async |name: String| {
        db.clock.advance(TimeDelta::seconds(1));
        let request = json!({ "name": name });
        assert_eq!(app.post("/v1/gates", &tenant.api_key, request).await.0, StatusCode::CREATED);
    };
    for n in 0..7 {
        add(format!("gate {n}")).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let (_, page) = app.get(&format!("/v1/gates?limit=2{cursor}"), &tenant.api_key).await;
        seen.extend(names(&page["items"]).into_iter().map(str::to_owned));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        add(format!("new, behind {next}")).await;
    }
    let expected: Vec<_> = (0..7).rev().map(|n| format!("gate {n}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn whoever_asks_is_told_how_many_there_are() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    three_gates(&db, &app, &tenant).await;
    for (query, count) in [
        ("count=true&limit=1", json!(3)),
        ("count=true&name_contains=edge&limit=1", json!(2)),
        ("count=true&status=archived", json!(0)),
        ("count=false", Value::Null),
        ("", Value::Null),
    ] {
        let (_, page) = app.get(&format!("/v1/gates?{query}"), &tenant.api_key).await;
        assert_eq!(page["count"], count, "{query}: {page}");
        let capped = if count.is_null() { Value::Null } else { json!(false) };
        assert_eq!(page["count_capped"], capped, "{query}");
    }
    // The second page is counted alike: it is of the same list.
    let (_, first) = app.get("/v1/gates?limit=1", &tenant.api_key).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let path = format!("/v1/gates?count=true&limit=1&cursor={cursor}");
    assert_eq!(app.get(&path, &tenant.api_key).await.1["count"], 3);
    let (status, page) = app.get("/api/gates?count=true&page=object", &tenant.api_key).await;
    assert_eq!((status, &page["count"]), (StatusCode::OK, &json!(3)));
    let (status, problem) = app.get("/api/gates?count=true", &tenant.api_key).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::BAD_REQUEST, &json!("request.invalid_query"))
    );

    let many = "insert into gates.gates (tenant_id, id, name, profile, mode, signing,
             is_discoverable, state, created_at, updated_at, created_by_kind, created_by_id)
         select $1, gen_random_uuid(), 'many', 'L1', 'enforce', 'each', false, 'active', now(), now(),
             'machine', 'test' from generate_series(1, $2)";
    for (more, count, capped) in [(9_997, 10_000, false), (2, 10_000, true)] {
        sqlx::query(many)
            .bind(tenant.id.uuid())
            .bind(more)
            .execute(&db.owner().await)
            .await
            .unwrap();
        let (_, page) = app.get("/v1/gates?count=true&limit=1", &tenant.api_key).await;
        assert_eq!((&page["count"], &page["count_capped"]), (&json!(count), &json!(capped)));
    }
}

#[tokio::test]
async fn what_the_list_does_not_know_is_refused() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    three_gates(&db, &app, &tenant).await;
    let (_, first) = app.get("/v1/gates?limit=1", &tenant.api_key).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let gate = first["items"][0]["id"].as_str().unwrap();
    for (path, code) in [
        ("/v1/gates?colour=red".to_owned(), "request.unknown_parameter"),
        ("/api/gates?states=active".to_owned(), "request.unknown_parameter"),
        (format!("/v1/gates/{gate}/keypairs?counted=true"), "request.unknown_parameter"),
        (format!("/v1/gates/{gate}/keypairs?cursor={cursor}"), "request.invalid_query"),
        (format!("/v1/gates?offset=1&cursor={cursor}"), "request.invalid_query"),
    ] {
        let (status, problem) = app.get(&path, &tenant.api_key).await;
        assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!(code)), "{path}");
    }
    let path = format!("/api/v1/gates?page=object&limit=1&cursor={cursor}");
    assert_eq!(names(&app.get(&path, &tenant.api_key).await.1["items"]), ["100%_sure"]);
}

#[tokio::test]
async fn the_key_pairs_of_one_gate_are_counted() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Gates>(&db).await;
    three_gates(&db, &app, &tenant).await;
    for _ in 0..2 {
        db.clock.advance(TimeDelta::seconds(1));
        let path = "/v1/gates/gate_sure/keypairs/rotate";
        assert_eq!(app.post(path, &tenant.api_key, json!({})).await.0, StatusCode::CREATED);
    }
    for mount in ["/v1", "/api/v1", "/api", ""] {
        let path = format!("{mount}/gates/gate_sure/keypairs");
        app.demand_counted(&path, &tenant.api_key, &[("", 3)]).await;
    }
    let (_, other) = app.get("/v1/gates/gate_us/keypairs?count=true", &tenant.api_key).await;
    assert_eq!(other["count"], 1);
    let many = "insert into gates.keypairs (tenant_id, id, gate_id, state, public_key, sealed,
             signs_until, created_at)
         select k.tenant_id, gen_random_uuid(), k.gate_id, 'retired', k.public_key, '', 0, now()
         from gates.keypairs k join gates.gates g on g.id = k.gate_id, generate_series(1, 9998)
         where g.slug = 'gate_sure' and k.state = 'active'";
    sqlx::query(many).execute(&db.owner().await).await.unwrap();
    app.demand_capped("/v1/gates/gate_sure/keypairs", &tenant.api_key).await;
}
