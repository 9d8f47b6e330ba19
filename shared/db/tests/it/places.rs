//! One tenant never has all connections of a service.

use futures::future::join_all;
use gw_db::{DbError, Role};
use gw_kernel::{Fault as _, FaultKind};

#[tokio::test]
async fn a_tenant_that_holds_all_its_places_leaves_connections_to_the_others() {
    let database = gw_testkit::database().await;
    let (acme, other) = (database.tenant("acme").await, database.tenant("other").await);
    let (acme, other) = (acme.identity(), other.identity());
    let db = database.db(Role::Tenants).await;
    let most = db.pool_use().most as usize;
    let held = join_all((0..most * 3 / 4).map(|_| db.tenant(&acme))).await;
    let held: Vec<_> = held.into_iter().map(Result::unwrap).collect();

    let (refused, ()) = tokio::join!(db.tenant(&acme), async {
        for _ in 0..20 {
            db.tenant(&other).await.unwrap().end_reading().await.unwrap();
        }
    });
    let refused = refused.err().unwrap();
    assert!(matches!(refused, DbError::TenantBusy), "{refused}");
    assert_eq!((refused.kind(), refused.code()), (FaultKind::Unavailable, "tenant.busy"));

    // Whoever waits has the next place that is given back.
    let (next, ()) = tokio::join!(db.tenant(&acme), async { drop(held) });
    assert!(next.is_ok());
}
