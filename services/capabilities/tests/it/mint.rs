use axum::http::StatusCode;
use chrono::{SecondsFormat, TimeDelta};
use gw_capabilities::Capabilities;
use gw_credentials::capability::Capability;
use gw_kernel::Clock;
use serde_json::{Value, json};

use crate::{log, verified};

#[tokio::test]
async fn a_token_carries_what_was_asked_for_in_order() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let request = json!({
        "subject": "invoice-agent", "ttl_seconds": 3600, "max_calls": 10,
        "tools": ["read_invoice", " ", "", "list_*"],
    });
    let (status, minted) = app.post("/v1/admin/mint", &tenant.api_key, request).await;
    assert_eq!(status, StatusCode::OK, "{minted}");
    let now = db.clock.now();
    let ends = now + TimeDelta::seconds(3600);
    assert_eq!(minted["expires_at"], ends.to_rfc3339_opts(SecondsFormat::Secs, true));
    assert_eq!(minted["subject"], "invoice-agent");

    let token = minted["token"].as_str().unwrap();
    let read = Capability::decode(token).unwrap();
    assert_eq!(minted["jti"], read.claims.jti);
    assert_eq!(read.claims.root_jti, read.claims.jti);
    assert_eq!(read.claims.tenant, tenant.id.to_string());
    assert_eq!((read.claims.iss.as_str(), read.claims.zone.as_str()), ("intentgate", "default"));
    assert_eq!(read.claims.iat, now.timestamp());
    assert!(read.kid.unwrap().starts_with("rk_"));
    let verified = verified(&db, &tenant, token).await.unwrap();
    let expected = [
        r#"{"t":"agent_lock","agent":"invoice-agent"}"#.to_owned(),
        format!(r#"{{"t":"exp","exp":{}}}"#, ends.timestamp()),
        r#"{"t":"tool_allow","tools":["read_invoice","list_*"]}"#.to_owned(),
        r#"{"t":"max_calls","max_calls":10}"#.to_owned(),
    ];
    assert_eq!(verified.caveats_raw, expected);
}

#[tokio::test]
async fn what_is_not_asked_for_is_not_minted_and_zero_calls_are_zero() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let harmless = json!({
        "subject": "a", "issuer": "", "tenant": "", "zone": "", "ttl_seconds": 0, "tools": [],
        "servers": [], "step_up": false, "callees": [], "callee_zones": [],
        "with_memory_signing_key": false,
    });
    for request in [json!({ "subject": "a" }), harmless] {
        let (status, minted) = app.post("/v1/admin/mint", &tenant.api_key, request).await;
        assert_eq!((status, &minted["expires_at"]), (StatusCode::OK, &json!("")));
        let read = verified(&db, &tenant, minted["token"].as_str().unwrap()).await.unwrap();
        assert_eq!(read.caveats_raw, [r#"{"t":"agent_lock","agent":"a"}"#]);
    }
    let request = json!({ "subject": "a", "max_calls": 0 });
    let (_, minted) = app.post("/v1/admin/mint", &tenant.api_key, request).await;
    let read = verified(&db, &tenant, minted["token"].as_str().unwrap()).await.unwrap();
    assert_eq!(read.budgets.len(), 1);
    assert_eq!(read.budgets[0].limit, 0);
}

#[tokio::test]
async fn names_in_any_script_survive() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let request = json!({ "subject": "caf\u{e9} <&> \u{2028}", "tools": ["read_\u{e9}", "a&b"] });
    let (_, minted) = app.post("/v1/admin/mint", &tenant.api_key, request).await;
    let read = verified(&db, &tenant, minted["token"].as_str().unwrap()).await.unwrap();
    assert_eq!(read.subject, "caf\u{e9} <&> \u{2028}");
}

#[tokio::test]
async fn the_tenant_may_be_named_as_long_as_it_is_ones_own() {
    let db = gw_testkit::database().await;
    let (tenant, other) = (db.tenant("acme").await, db.tenant("other").await);
    sqlx::query("update tenants.tenants set alias = 'acme-inc' where tenant_id = $1")
        .bind(tenant.id.uuid())
        .execute(&db.owner().await)
        .await
        .unwrap();
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let id = tenant.id.to_string();
    for name in [Value::Null, json!(id), json!("acme"), json!("acme-inc"), json!("default")] {
        let request = json!({ "subject": "a", "tenant": name });
        let (status, minted) = app.post("/v1/admin/mint", &tenant.api_key, request).await;
        assert_eq!(status, StatusCode::OK, "{name}: {minted}");
        let read = Capability::decode(minted["token"].as_str().unwrap()).unwrap();
        assert_eq!(read.claims.tenant, id);
    }
    for name in [json!(other.id), json!("other"), json!("nobody"), json!("Acme")] {
        let request = json!({ "subject": "a", "tenant": name });
        let (status, problem) = app.post("/v1/admin/mint", &tenant.api_key, request).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{name}");
        assert_eq!(problem["code"], "capability.another_tenant");
    }
}

#[tokio::test]
async fn the_log_knows_of_a_mint_and_not_the_token() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = gw_testkit::app::<Capabilities>(&db).await;
    let request = || json!({ "subject": "a", "max_calls": 3 });
    let (_, first) = app.post("/v1/admin/mint", &tenant.api_key, request()).await;
    let (_, second) = app.post("/v1/admin/mint", &tenant.api_key, request()).await;
    let minted = "capability.minted.v1";
    assert_eq!(log(&db, &tenant).await, ["capability.root_key_created.v1", minted, minted]);
    // The root key moved the epoch; a mint does not.
    assert_eq!((&first["epoch"], &second["epoch"]), (&json!(1), &json!(1)));

    let body: Vec<u8> = sqlx::query_scalar("select body from journal.entries where idx = 1")
        .fetch_one(&db.owner().await)
        .await
        .unwrap();
    let entry: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(entry["data"]["jti"], first["jti"]);
    assert_eq!(entry["data"]["actor"]["id"], json!(tenant.key));
    assert_eq!(entry["data"]["caveats"][1], r#"{"t":"max_calls","max_calls":3}"#);
    let token = first["token"].as_str().unwrap();
    assert!(!String::from_utf8(body).unwrap().contains(&token[token.len() - 30..]));
}
