use std::sync::Arc;

use axum::http::StatusCode;
use gw_capabilities::Capabilities;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{log, verified};

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_first_mints_at_once_make_one_root_key() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let app = Arc::new(gw_testkit::app::<Capabilities>(&db).await);
    let mut mints = JoinSet::new();
    for agent in 0..16 {
        let (app, key) = (app.clone(), tenant.api_key.clone());
        mints.spawn(async move {
            let request = json!({ "subject": format!("agent-{agent}") });
            app.post("/v1/admin/mint", &key, request).await
        });
    }
    for (status, minted) in mints.join_all().await {
        assert_eq!(status, StatusCode::OK, "{minted}");
        assert!(verified(&db, &tenant, minted["token"].as_str().unwrap()).await.is_some());
    }
    let keys: i64 = sqlx::query_scalar("select count(*) from capabilities.root_keys")
        .fetch_one(&db.owner().await)
        .await
        .unwrap();
    assert_eq!(keys, 1);
    let log = log(&db, &tenant).await;
    assert_eq!(log.len(), 17);
    assert_eq!(log[0], "capability.root_key_created.v1");
    assert!(log[1..].iter().all(|kind| kind == "capability.minted.v1"));
}
