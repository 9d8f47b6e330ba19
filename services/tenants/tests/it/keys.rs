//! Data keys are replaced between those who write, never under them.

use gw_db::{Role, sealed};
use gw_kernel::Fault as _;
use gw_tenants::keys;

#[tokio::test]
async fn whoever_was_given_a_data_key_ends_before_it_is_replaced() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let tenants = db.db(Role::Tenants).await;
    // Another service's use case, between reading the key and writing what it sealed.
    let gates = db.db(Role::Gates).await;
    let mut writer = gates.tenant(&tenant.identity()).await.unwrap();
    let old = writer.data_key().await.unwrap();

    let busy = keys::start(&tenants, tenant.id).await.unwrap_err();
    assert_eq!(busy.code(), "database.unavailable");
    drop(writer);
    let rotation = keys::start(&tenants, tenant.id).await.unwrap();
    assert!(!rotation.resumed);

    // From now on the new key seals, and both open, until everything is sealed anew.
    let sealed_before = old.seal([1; 12], "here", b"secret");
    let mut writer = gates.tenant(&tenant.identity()).await.unwrap();
    let both = writer.data_key().await.unwrap();
    assert_eq!(*both.open("here", &sealed_before).unwrap(), b"secret");
    assert!(old.open("here", &both.seal([2; 12], "here", b"secret")).is_err());
    drop(writer);
    assert!(keys::finish(&tenants, tenant.id, rotation).await.unwrap());
    let mut writer = gates.tenant(&tenant.identity()).await.unwrap();
    assert!(writer.data_key().await.unwrap().open("here", &sealed_before).is_err());
}

#[tokio::test]
async fn a_rotation_ends_itself_and_no_other() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await;
    let tenants = db.db(Role::Tenants).await;
    let first = keys::start(&tenants, tenant.id).await.unwrap();
    let joined = keys::start(&tenants, tenant.id).await.unwrap();
    assert!(joined.resumed && !first.resumed);
    let log_key = log_key_column();
    assert_eq!(sealed::reseal(&tenants, tenant.id, &log_key).await.unwrap(), 1);
    assert_eq!(sealed::reseal(&tenants, tenant.id, &log_key).await.unwrap(), 0);
    assert!(keys::finish(&tenants, tenant.id, first).await.unwrap());

    // Somebody else's next rotation is under way when the one that joined the first one ends.
    let second = keys::start(&tenants, tenant.id).await.unwrap();
    assert!(!keys::finish(&tenants, tenant.id, joined).await.unwrap());
    assert_eq!(sealed::reseal(&tenants, tenant.id, &log_key).await.unwrap(), 1);
    assert!(keys::finish(&tenants, tenant.id, second).await.unwrap());
    assert_eq!(
        crate::kinds(&db, tenant.id).await,
        [["tenant.data_key_rotation_started.v1", "tenant.data_key_rotated.v1"]; 2].concat()
    );
}

fn log_key_column() -> sealed::SealedColumn {
    let columns = <gw_tenants::Tenants as gw_runtime::Service>::sealed();
    *columns.iter().find(|column| column.table == "tenants.log_keys").unwrap()
}
