use futures::future::join_all;
use gw_crypto::seal::RootKey;
use gw_db::{DbError, Role, installation, migrate};
use gw_kernel::Fault as _;

#[tokio::test]
async fn a_migrated_database_is_left_alone() {
    let db = gw_testkit::database().await;
    let mut heard = Vec::new();
    let again = migrate(&db.url().into(), |name| heard.push(name.to_owned())).await.unwrap();
    assert_eq!((again.applied.len(), heard.len()), (0, 0));
    assert!(again.before >= 2);
}

#[tokio::test]
async fn any_number_of_processes_may_migrate_at_once() {
    let db = gw_testkit::database().await;
    let (server, name) = db.url().rsplit_once('/').unwrap();
    let create = format!("create database {name}_empty");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&db.owner().await).await.unwrap();
    let url = format!("{server}/{name}_empty").into();
    for done in join_all((0..4).map(|_| migrate(&url, |_| {}))).await {
        done.unwrap();
    }
    assert!(migrate(&url, |_| {}).await.unwrap().applied.is_empty());
}

#[tokio::test]
async fn a_migration_that_changed_after_it_was_applied_is_noticed() {
    let db = gw_testkit::database().await;
    sqlx::raw_sql("update _sqlx_migrations set checksum = '\\x00' where version = 1")
        .execute(&db.owner().await)
        .await
        .unwrap();
    let refused = migrate(&db.url().into(), |_| {}).await.unwrap_err();
    assert!(matches!(refused, DbError::Migrate(_)));
    assert_eq!(refused.code(), "database.migration_failed");
}

fn root(n: u8) -> RootKey {
    RootKey::from_bytes([n; 32])
}

#[tokio::test]
async fn a_database_keeps_its_root_key_and_its_issuer_host() {
    let db = gw_testkit::database().await;
    let url = db.url().into();
    installation::claim(&url, &root(1), "a.example").await.unwrap();
    installation::claim(&url, &root(1), "a.example").await.unwrap();
    let other_key = installation::claim(&url, &root(2), "a.example").await.unwrap_err();
    assert_eq!(other_key.code(), "keys.root_mismatch");
    let rotating = |current, previous| root(current).after(root(previous));
    installation::claim(&url, &rotating(2, 1), "a.example").await.unwrap();
    installation::claim(&url, &rotating(1, 2), "a.example").await.unwrap();
    let neither = installation::claim(&url, &rotating(2, 3), "a.example").await.unwrap_err();
    assert_eq!(neither.code(), "keys.root_mismatch");
    let other_host = installation::claim(&url, &root(1), "b.example").await.unwrap_err();
    assert_eq!(other_host.code(), "config.issuer_changed");
}

#[tokio::test]
async fn a_database_that_is_away_is_not_a_bug() {
    let db = gw_testkit::database().await;
    let away = gw_db::DatabaseConfig {
        url: Some("postgres://gatewright@127.0.0.1:1/gatewright".into()),
        ..db.config()
    };
    let clock = db.clock.clone();
    let away = gw_db::Db::connect(&away, Role::Gates, db.root_key.clone(), clock).await.unwrap();
    assert_eq!(away.ping().await.unwrap_err().code(), "database.unavailable");
    assert!(db.db(Role::Gates).await.ping().await.is_ok());
}

#[tokio::test]
async fn a_start_before_the_migrations_says_what_to_do() {
    let database = gw_testkit::database().await;
    let (server, _) = database.url().rsplit_once('/').unwrap();
    let bare = format!("{server}/postgres").into();
    let early = installation::claim(&bare, &root(1), "a.example").await.unwrap_err();
    assert_eq!(early.code(), "database.not_migrated");
}
