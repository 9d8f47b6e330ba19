use axum::http::StatusCode;
use chrono::TimeDelta;
use futures::future::join_all;
use gw_kernel::{Clock as _, Scope, ScopeSet, rfc3339};
use gw_tenants::Tenants;
use serde_json::{Value, json};

use crate::{kinds, log, text};

const KEYS: &str = "/v1/admin/api-keys";

#[tokio::test]
async fn a_rotated_key_keeps_its_id_and_its_old_secret_for_the_overlap() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let wanted = json!({ "name": "deploy", "scopes": ["api_keys:read"] });
    let (_, made) = app.post(KEYS, &acme.api_key, wanted).await;
    let (id, old) = (text(&made, "key_id"), text(&made, "api_key"));
    let path = format!("{KEYS}/{id}");
    let rotate = json!({ "overlap_seconds": 60, "reason": "spring" });
    let (status, rotated) = app.post(&format!("{path}/rotate"), &acme.api_key, rotate).await;
    assert_eq!(status, StatusCode::OK, "{rotated}");
    let new = text(&rotated, "api_key");
    assert_eq!((text(&rotated, "key_id"), &rotated["prefix"]), (id.clone(), &made["prefix"]));
    assert_ne!(new, old);
    let until = rfc3339(db.clock.now() + TimeDelta::seconds(60));
    assert_eq!(rotated["previous_until"], json!(until));
    for key in [&old, &new] {
        let (status, read) = app.get(&path, key).await;
        assert_eq!((status, &read["api_key"]), (StatusCode::OK, &Value::Null));
    }
    db.clock.advance(TimeDelta::seconds(60));
    assert_eq!(app.get(&path, &old).await.0, StatusCode::UNAUTHORIZED);
    let (status, read) = app.get(&path, &new).await;
    assert_eq!((status, &read["previous_until"]), (StatusCode::OK, &Value::Null));

    let entries = log(&db, acme.id).await;
    let (kind, event) = entries.last().unwrap();
    assert_eq!(kind, "api_key.rotated.v1");
    assert_eq!((&event["reason"], &event["moves_epoch"]), (&json!("spring"), &json!(true)));
    let whole = format!("{entries:?}");
    assert!(!whole.contains(&new) && !whole.contains(&old));
}

#[tokio::test]
async fn without_an_overlap_the_old_secret_ends_at_once_and_one_overlap_ends_the_other() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let path = format!("{KEYS}/{}/rotate", acme.key);
    let (_, first) = app.post(&path, &acme.api_key, json!({})).await;
    let first = text(&first, "api_key");
    assert_eq!(app.get(KEYS, &acme.api_key).await.0, StatusCode::UNAUTHORIZED);
    let overlap = || json!({ "overlap_seconds": 600 });
    let (_, second) = app.post(&path, &first, overlap()).await;
    let (_, third) = app.post(&path, &text(&second, "api_key"), overlap()).await;
    assert_eq!(app.get(KEYS, &first).await.0, StatusCode::UNAUTHORIZED);
    for key in [&second, &third] {
        assert_eq!(app.get(KEYS, &text(key, "api_key")).await.0, StatusCode::OK);
    }
    // Revoking the key ends both of its secrets.
    let revoke = format!("{KEYS}/{}/revoke", acme.key);
    app.post(&revoke, &text(&third, "api_key"), json!({})).await;
    for key in [&second, &third] {
        assert_eq!(app.get(KEYS, &text(key, "api_key")).await.0, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn rotations_at_once_leave_one_secret_for_each_that_succeeded_last() {
    let db = gw_testkit::database().await;
    let acme = db.tenant("acme").await;
    let app = gw_testkit::app::<Tenants>(&db).await;
    let (_, made) = app.post(KEYS, &acme.api_key, json!({ "name": "k", "scopes": ["*"] })).await;
    let path = format!("{KEYS}/{}/rotate", text(&made, "key_id"));
    let answers = join_all((0..8).map(|_| app.post(&path, &acme.api_key, json!({})))).await;
    let mut live = 0;
    for (status, answer) in &answers {
        if *status == StatusCode::OK {
            live += u32::from(app.get(KEYS, &text(answer, "api_key")).await.0 == StatusCode::OK);
        } else {
            let refused = (StatusCode::CONFLICT, &json!("api_key.rotation_raced"));
            assert_eq!((*status, &answer["code"]), refused);
        }
    }
    assert_eq!(live, 1);
    let won = answers.iter().filter(|(status, _)| *status == StatusCode::OK).count();
    let recorded = kinds(&db, acme.id).await;
    assert_eq!(recorded.iter().filter(|kind| *kind == "api_key.rotated.v1").count(), won);
}

#[tokio::test]
async fn nobody_rotates_a_key_that_may_do_more_than_their_own() {
    let db = gw_testkit::database().await;
    let (acme, other) = (db.tenant("acme").await, db.tenant("other").await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let little = ScopeSet::from_iter([Scope::ApiKeysWrite]);
    let (own, little) = db.api_key(acme.id, &little, "machine").await;
    let rotate = |key: &dyn std::fmt::Display| format!("{KEYS}/{key}/rotate");
    let (status, problem) = app.post(&rotate(&acme.key), &little, json!({})).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::FORBIDDEN, &json!("api_key.scope_exceeds"))
    );
    let (status, problem) = app.post(&rotate(&acme.key), &other.api_key, json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("api_key.not_found")));
    assert_eq!(app.post(&rotate(&own), &acme.api_key, json!({})).await.0, StatusCode::OK);
    let too_long = json!({ "overlap_seconds": 2_592_001 });
    let (status, problem) = app.post(&rotate(&acme.key), &acme.api_key, too_long).await;
    assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("request.invalid_value")));
    app.delete(&format!("{KEYS}/{own}"), &acme.api_key).await;
    let (status, problem) = app.post(&rotate(&own), &acme.api_key, json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("api_key.ended")));
}

#[tokio::test]
async fn a_logs_key_is_rotated_at_an_exact_size_and_the_rotation_is_an_entry_of_both_logs() {
    let db = gw_testkit::database().await;
    let (acme, staff) = (db.tenant("acme").await, db.platform().await);
    let app = gw_testkit::app::<Tenants>(&db).await;
    let path = format!("/v1/admin/tenants/{}/log-key/rotate", acme.id);
    let mut before: Option<Value> = None;
    for _ in 0..2 {
        let (status, rotated) = app.post(&path, &staff.api_key, json!({})).await;
        assert_eq!(status, StatusCode::CREATED, "{rotated}");
        assert_eq!(rotated["signs_from"], rotated["epoch"]);
        let entries = log(&db, acme.id).await;
        let (kind, event) = entries.last().unwrap();
        assert_eq!(kind, "log.key_rotated.v1");
        assert_eq!(rotated["signs_from"], json!(entries.len()));
        assert_eq!(event["active"]["vkey"], rotated["vkey"]);
        assert_eq!(event["previous"]["signs_until"], rotated["signs_from"]);
        if let Some(before) = before {
            assert_eq!(event["previous"]["key_id"], before["key_id"]);
        }
        before = Some(rotated);
    }
    assert_eq!(kinds(&db, staff.id).await, ["log.key_rotated.v1", "log.key_rotated.v1"]);
    let (status, _) = app.post(&path, &acme.api_key, json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let own = format!("/v1/admin/tenants/{}/log-key/rotate", staff.id);
    let (status, problem) = app.post(&own, &staff.api_key, json!({})).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("tenant.is_platform")));
}
