use std::sync::Arc;

use axum::http::StatusCode;
use chrono::TimeDelta;
use gw_capabilities::Capabilities;
use gw_kernel::{Clock, rfc3339};
use serde_json::json;
use tokio::task::JoinSet;

use crate::log;

#[tokio::test]
async fn a_second_revocation_keeps_the_first() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let first_time = rfc3339(db.clock.now());
    let request = json!({ "jti": "any text \u{e9}", "reason": "leaked" });
    let (status, first) = app.post("/v1/admin/revoke", &tenant.api_key, request).await;
    let expected = json!({
        "ok": true, "jti": "any text \u{e9}", "reason": "leaked", "revoked_at": first_time, "epoch": 1,
        "revocation_id": first["revocation_id"], "count": 1,
    });
    assert_eq!((status, &first), (StatusCode::OK, &expected));

    db.clock.advance(TimeDelta::hours(1));
    let request = json!({ "jti": "any text \u{e9}", "reason": "another" });
    let (status, second) = app.post("/v1/admin/revoke", &tenant.api_key, request).await;
    assert_eq!((status, &second), (StatusCode::OK, &expected));
    assert_eq!(log(&db, &tenant).await, ["capability.revoked.v1"]);
    let (_, list) = app.get("/v1/admin/revocations", &tenant.api_key).await;
    assert_eq!(list["revocations"].as_array().unwrap().len(), 1);
    assert_eq!(list["revocations"][0]["reason"], "leaked");
}

#[tokio::test(flavor = "multi_thread")]
async fn revocations_of_one_token_at_once_are_one() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = Arc::new(gw_testkit::app::<Capabilities>(&db).await);
    let mut revocations = JoinSet::new();
    for attempt in 0..8 {
        let (app, key) = (app.clone(), tenant.api_key.clone());
        revocations.spawn(async move {
            let request = json!({ "jti": "one", "reason": format!("attempt {attempt}") });
            app.post("/v1/admin/revoke", &key, request).await
        });
    }
    let answers = revocations.join_all().await;
    for (status, answer) in &answers {
        assert_eq!((*status, answer), (StatusCode::OK, &answers[0].1));
    }
    assert_eq!(log(&db, &tenant).await, ["capability.revoked.v1"]);
}

#[tokio::test]
async fn many_are_revoked_together_in_one_entry() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let jtis: Vec<String> = (0..1000).map(|n| format!("AAAAAGdvbGRlbi1qdG{n:04}")).collect();
    let request = json!({ "jtis": jtis, "reason": "a breach" });
    let (status, answer) = app.post("/v1/admin/revoke", &tenant.api_key, request).await;
    assert_eq!((status, &answer["count"]), (StatusCode::OK, &json!(1000)), "{answer}");
    assert_eq!(log(&db, &tenant).await, ["capability.revoked.v1"]);
    let body: Vec<u8> = sqlx::query_scalar("select body from journal.entries")
        .fetch_one(&db.owner().await)
        .await
        .unwrap();
    let entry: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(entry["data"]["jtis"], json!(jtis));
    assert_eq!(entry["data"]["reason"], "a breach");
    assert_eq!(entry["data"]["actor"]["id"], json!(tenant.key));
    assert_eq!(entry["subject"], answer["revocation_id"]);

    // Some of them again, and others: only those are new.
    db.clock.advance(TimeDelta::seconds(1));
    let request = json!({ "jtis": [jtis[0], "another"], "jti": jtis[1], "root_jti": jtis[0],
        "hop_id": "h", "subject": "agent-x", "reason": "again" });
    let (_, more) = app.post("/v1/admin/revoke", &tenant.api_key, request).await;
    assert_eq!((&more["count"], &more["reason"]), (&json!(6), &json!("again")), "{more}");
    let list = async |filter: &str| {
        let path = format!("/v1/admin/revocations?{filter}");
        app.get(&path, &tenant.api_key).await.1["revocations"].clone()
    };
    assert_eq!(list(&format!("jti={}", jtis[0])).await[0]["reason"], "a breach");
    for (filter, kind) in [
        (format!("root_jti={}", jtis[0]), "root"),
        ("hop_id=h".to_owned(), "hop"),
        ("subject=agent-x".to_owned(), "subject"),
    ] {
        let rows = list(&filter).await;
        assert_eq!(rows.as_array().unwrap().len(), 1, "{filter}");
        assert_eq!(
            (&rows[0]["kind"], &rows[0]["revocation_id"]),
            (&json!(kind), &more["revocation_id"])
        );
    }
}

#[tokio::test]
async fn an_agent_can_be_revoked_again() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    for (epoch, until) in [(1_i64, 0_i64), (2, 1)] {
        let request = json!({ "subject": "agent-x" });
        let (_, answer) = app.post("/v1/admin/revoke", &tenant.api_key, request).await;
        assert_eq!(answer["epoch"], epoch, "{answer}");
        let stored: i64 =
            sqlx::query_scalar("select max(until_epoch) from capabilities.revocations")
                .fetch_one(&db.owner().await)
                .await
                .unwrap();
        assert_eq!(stored, until);
    }
}

#[tokio::test]
async fn what_cannot_be_revoked_is_refused_by_name() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    for (request, code, pointer) in [
        (json!({}), "request.missing_member", "/jti"),
        (json!({ "jti": "" }), "request.missing_member", "/jti"),
        (json!({ "jtis": [] }), "request.missing_member", "/jti"),
        (json!({ "jtis": vec!["a"; 1001] }), "request.too_long", "/jtis"),
        (json!({ "jtis": vec!["a".repeat(256); 200] }), "request.too_long", "/jtis"),
        (json!({ "jti": "a".repeat(257) }), "request.too_long", "/jti"),
        (json!({ "subject": "a".repeat(513) }), "request.too_long", "/subject"),
        (json!({ "hop_id": 5 }), "request.wrong_type", "/hop_id"),
        (json!({ "jti": "a", "reason": "a".repeat(1001) }), "request.too_long", "/reason"),
        (json!({ "jti": "a", "why": "a" }), "request.unknown_member", "/why"),
    ] {
        let (status, problem) = app.post("/v1/admin/revoke", &tenant.api_key, request).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert_eq!(problem["code"], code);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    assert_eq!(log(&db, &tenant).await, [""; 0]);
}

#[tokio::test]
async fn a_revocation_of_what_has_ended_is_forgotten() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let mint = json!({ "subject": "a", "ttl_seconds": 60 });
    let (_, minted) = app.post("/v1/admin/mint", &tenant.api_key, mint.clone()).await;
    let request = json!({ "jti": minted["jti"] });
    let (_, revoked) = app.post("/v1/admin/revoke", &tenant.api_key, request).await;
    let ends = minted["expires_at"].as_str().unwrap().strip_suffix('Z').unwrap();
    assert!(revoked["expires_at"].as_str().unwrap().starts_with(ends), "{revoked}");
    app.post("/v1/admin/revoke", &tenant.api_key, json!({ "jti": "for ever" })).await;

    let owner = db.owner().await;
    let rows = async |sql: &'static str| -> i64 {
        sqlx::query_scalar(sql).fetch_one(&owner).await.unwrap()
    };
    let kept = "select count(*) from capabilities.revocations";
    let listed = async || {
        let (_, list) = app.get("/v1/admin/revocations", &tenant.api_key).await;
        list["revocations"].as_array().unwrap().len()
    };
    // Long after its end, whatever a clock says: not at the end itself.
    db.clock.advance(TimeDelta::minutes(60));
    assert_eq!(listed().await, 2);
    db.clock.advance(TimeDelta::minutes(2));
    assert_eq!((listed().await, rows(kept).await), (1, 2));
    app.post("/v1/admin/revoke", &tenant.api_key, json!({ "jti": "another" })).await;
    assert_eq!((listed().await, rows(kept).await), (2, 2));
    app.post("/v1/admin/mint", &tenant.api_key, mint).await;
    assert_eq!(rows("select count(*) from capabilities.endings").await, 1);
}
