//! Roles belong to the cluster, so these tests have one of their own.

use futures::future::join_all;
use gw_crypto::seal::RootKey;
use gw_db::{DatabaseConfig, Db, DbError, Role, migrate, roles};
use gw_kernel::{Fault as _, SystemClock};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::Arc;

fn as_user(url: &str, user: &str) -> SecretString {
    let (_, host) = url.rsplit_once('@').unwrap();
    format!("postgres://{user}:secret@{host}").into()
}

async fn ours(conn: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select count(*) from pg_roles where rolname like 'gw\\_%'")
        .fetch_one(conn)
        .await
        .unwrap()
}

#[tokio::test]
async fn roles_are_made_once_by_whoever_may() {
    let server = gw_testkit::fault_server("roles", &[("fsync", "off")]);
    let url = SecretString::from(server.url());
    let mut admin = PgConnection::connect(server.url()).await.unwrap();
    sqlx::raw_sql("create role plain login password 'secret'").execute(&mut admin).await.unwrap();
    let plain = as_user(server.url(), "plain");

    // Who may not make them changes nothing, and is told what is missing.
    let refused = roles::ensure(&plain).await.unwrap_err();
    assert!(matches!(&refused, DbError::RolesMissing(names) if names.contains("gw_journal")));
    assert_eq!(refused.code(), "database.roles_missing");
    assert_eq!(ours(&mut admin).await, 0);

    // What is printed for an administrator is enough, together with the grant that it names.
    sqlx::raw_sql(AssertSqlSafe(roles::sql())).execute(&mut admin).await.unwrap();
    let refused = roles::ensure(&plain).await.unwrap_err();
    assert!(matches!(&refused, DbError::RolesMissing(names) if names == "gw_publisher, gw_log"));
    let grant = format!("grant {} to plain", roles::ALL.join(", "));
    sqlx::raw_sql(AssertSqlSafe(grant)).execute(&mut admin).await.unwrap();
    roles::ensure(&plain).await.unwrap();

    // Many at once, from nothing.
    for role in roles::ALL {
        sqlx::raw_sql(AssertSqlSafe(format!("drop role {role}")))
            .execute(&mut admin)
            .await
            .unwrap();
    }
    for made in join_all((0..8).map(|_| roles::ensure(&url))).await {
        made.unwrap();
    }
    assert_eq!(ours(&mut admin).await, roles::ALL.len() as i64);

    a_login_that_is_no_superuser_migrates(server.url(), &mut admin).await;
    a_role_that_sees_past_the_wall_is_refused(&as_user(server.url(), "maker"), &mut admin).await;
}

async fn a_login_that_is_no_superuser_migrates(url: &str, admin: &mut PgConnection) {
    let drop_roles = roles::ALL.map(|role| format!("drop role {role};")).concat();
    let maker = "create role maker login createrole password 'secret';
                 alter database gatewright owner to maker";
    sqlx::raw_sql(AssertSqlSafe(drop_roles + maker)).execute(admin).await.unwrap();
    let maker = as_user(url, "maker");
    let mut heard = 0;
    let done = migrate(&maker, |_| heard += 1).await.unwrap();
    assert_eq!((done.applied.len(), done.before), (heard, 0));
}

async fn a_role_that_sees_past_the_wall_is_refused(url: &SecretString, admin: &mut PgConnection) {
    let config =
        DatabaseConfig { url: Some(url.clone()), shared_login: true, ..DatabaseConfig::default() };
    let key = Arc::new(RootKey::from_bytes([1; 32]));
    let connect = || Db::connect(&config, Role::Gates, key.clone(), Arc::new(SystemClock));
    connect().await.unwrap().ping().await.unwrap();
    sqlx::raw_sql("alter role gw_gates bypassrls").execute(admin).await.unwrap();
    assert!(matches!(connect().await, Err(DbError::WrongRole(Role::Gates))));
}
