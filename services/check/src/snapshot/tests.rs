use std::sync::Arc;

use futures::future::join_all;
use gw_db::Role;
use gw_kernel::Epoch;

use super::{Place, Snapshots};
use crate::CheckConfig;

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
