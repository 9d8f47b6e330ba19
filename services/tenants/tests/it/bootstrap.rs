use axum::http::StatusCode;
use gw_db::Role;
use gw_kernel::TenantId;
use gw_tenants::{Tenants, bootstrap};
use gw_testkit::Database;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::kinds;

async fn installed(db: &Database) -> gw_db::Db {
    gw_db::installation::claim(&db.url().into(), &db.root_key, "gatewright.localhost")
        .await
        .unwrap();
    db.db(Role::Tenants).await
}

#[tokio::test]
async fn the_platform_is_installed_once_however_often_it_is_asked_for() {
    let db = gw_testkit::database().await;
    let way_in = installed(&db).await;
    let installs = (0..4).map(|_| {
        let way_in = way_in.clone();
        tokio::spawn(async move { bootstrap::platform(&way_in).await })
    });
    for install in installs.collect::<Vec<_>>() {
        install.await.unwrap().unwrap();
    }
    assert_eq!(kinds(&db, TenantId::PLATFORM).await, ["tenant.created.v1"]);
}

#[tokio::test]
async fn a_platform_key_from_the_command_line_makes_tenants() {
    let db = gw_testkit::database().await;
    let way_in = installed(&db).await;
    bootstrap::platform(&way_in).await.unwrap();
    let key = bootstrap::create_platform_key(&way_in, "ops").await.unwrap();
    let app = gw_testkit::app::<Tenants>(&db).await;
    let wanted = json!({ "name": "Acme" });
    let (status, _) = app.post("/v1/admin/tenants", key.expose_secret(), wanted).await;
    assert_eq!(status, StatusCode::CREATED);
    assert!(!format!("{key:?}").contains(key.expose_secret()));
    assert!(bootstrap::create_platform_key(&way_in, "").await.is_err());
}
