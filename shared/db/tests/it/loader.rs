#![expect(clippy::disallowed_methods, reason = "this is where the loader itself is tested")]

use std::time::Duration;

use gw_db::{Role, SnapshotTx};

use crate::probe::{Noted, identity, sqlstate, tenant};

async fn size(snapshot: &mut SnapshotTx<'_>) -> Option<i64> {
    sqlx::query_scalar("select max(size) from journal.published_batches")
        .fetch_one(snapshot.conn())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_snapshot_is_of_one_moment_and_one_tenant() {
    let database = gw_testkit::database().await;
    let write = async |n| {
        let mut tx = database.db(Role::Gates).await.tenant(&identity(n)).await.unwrap();
        tx.record(Noted(1)).unwrap();
        tx.commit().await.unwrap();
    };
    let mut loader = database.db(Role::Check).await.loader().await.unwrap();
    write(2).await;
    let mut snapshot = loader.snapshot(tenant(1)).await.unwrap();
    assert_eq!(size(&mut snapshot).await, None);
    write(1).await;
    assert_eq!(size(&mut snapshot).await, None, "what came later is not in it");
    snapshot.finish().await.unwrap();

    let mut snapshot = loader.snapshot(tenant(1)).await.unwrap();
    assert_eq!(size(&mut snapshot).await, Some(1));
    let write = sqlx::query("create temporary table t ()").execute(snapshot.conn()).await;
    assert_eq!(sqlstate(write), "25006");
}

#[tokio::test]
async fn a_loader_replaces_a_connection_that_was_left_or_lost() {
    let database = gw_testkit::database().await;
    let mut loader = database.db(Role::Check).await.loader().await.unwrap();
    drop(loader.snapshot(tenant(1)).await.unwrap());
    let mut snapshot = loader.snapshot(tenant(1)).await.unwrap();
    let pid: i32 =
        sqlx::query_scalar("select pg_backend_pid()").fetch_one(snapshot.conn()).await.unwrap();
    snapshot.finish().await.unwrap();
    sqlx::query("select pg_terminate_backend($1, 5000)")
        .bind(pid)
        .execute(&database.owner().await)
        .await
        .unwrap();
    let mut snapshot = loader.snapshot(tenant(1)).await.unwrap();
    assert_eq!(size(&mut snapshot).await, None);
}

#[tokio::test]
async fn a_load_under_a_head_does_not_last() {
    let database = gw_testkit::database().await;
    let db = database.db(Role::Check).await;
    let mut loader = db.loader_within(Duration::from_millis(50)).await.unwrap();
    let mut snapshot = loader.snapshot(tenant(1)).await.unwrap();
    let slow = sqlx::query("select pg_sleep(5)").execute(snapshot.conn()).await;
    assert_eq!(sqlstate(slow), "57014");
}

#[tokio::test]
async fn a_database_is_asked_while_the_pool_is_full_and_after_its_connection_was_lost() {
    let db = gw_testkit::database().await;
    let config = gw_db::DatabaseConfig { max_connections: 1, ..db.config() };
    let (keys, clock) = (db.root_key.clone(), db.clock.clone());
    let full = gw_db::Db::connect(&config, Role::Gates, keys, clock).await.unwrap();
    let _only = full.tenant(&identity(1)).await.unwrap();
    let before = full.ping().await.unwrap().now;
    assert!(full.ping().await.unwrap().now > before);

    let lost = "select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and query like '%clock_timestamp()%'
                    and pid <> pg_backend_pid()";
    assert_eq!(sqlx::query(lost).fetch_all(&db.owner().await).await.unwrap().len(), 1);
    assert!(full.ping().await.is_ok());
}
