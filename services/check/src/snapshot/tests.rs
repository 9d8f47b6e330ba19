use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use futures::future::join_all;
use gw_db::Role;
use gw_kernel::Epoch;
use gw_testkit::Database;

use super::{Place, SnapshotError, Snapshots};
use crate::CheckConfig;

/// The connections that ended a transaction last, and when.
async fn loaders(db: &Database) -> Vec<(i32, DateTime<Utc>)> {
    sqlx::query_as(
        "select pid, state_change from pg_stat_activity
         where datname = current_database() and query = 'commit' and state = 'idle' order by pid",
    )
    .fetch_all(&db.owner().await)
    .await
    .unwrap()
}

/// It is asked again after a moment, on the connection that it was asked on before.
#[tokio::test]
async fn a_tenant_that_cannot_be_read_is_not_loaded_for_everybody_who_asks() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await.id;
    let place = Place { issuer_host: "gatewright.localhost".to_owned() };
    let snapshots = Snapshots::new(&db.db(Role::Check).await, &CheckConfig::default(), place);
    let spoilt = "update tenants.data_keys set sealed = sealed || '\\x00' where tenant_id = $1";
    sqlx::query(spoilt).bind(tenant.uuid()).execute(&db.owner().await).await.unwrap();

    let stale = async || snapshots.at_least(tenant, Epoch::default()).await.unwrap_err();
    let began = Instant::now();
    assert_eq!(stale().await, SnapshotError::Stale);
    let first = loaders(&db).await;
    assert_eq!(first.len(), 1);
    for _ in 0..10 {
        assert_eq!(stale().await, SnapshotError::Stale);
    }
    let then = loaders(&db).await;
    assert!(then == first || began.elapsed() > Duration::from_secs(1), "{first:?} {then:?}");

    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(stale().await, SnapshotError::Stale);
    let again = loaders(&db).await;
    assert!(again[0].0 == first[0].0 && again[0].1 > first[0].1, "{first:?} {again:?}");
}

#[tokio::test]
async fn those_who_ask_under_one_head_share_one_load() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await.id;
    let place = Place { issuer_host: "gatewright.localhost".to_owned() };
    let config = CheckConfig { side_load_ms: 10_000, ..CheckConfig::default() };
    let snapshots = Snapshots::new(&db.db(Role::Check).await, &config, place);

    let epoch = Epoch::default();
    let asked = join_all((0..8).map(|_| snapshots.under_head(tenant, epoch, 0))).await;
    let loaded: Vec<_> = asked.into_iter().map(Result::unwrap).collect();
    assert!(loaded.iter().all(|other| Arc::ptr_eq(other, &loaded[0])));
    assert!(Arc::ptr_eq(&snapshots.at_least(tenant, epoch).await.unwrap(), &loaded[0]));
}
