use std::time::Duration;

use gw_check::Check;
use serde_json::json;
use sqlx::Connection as _;

use crate::world::{search, world};

/// A load reads the epoch first and the revocations last. Here it is held between the two while
/// the capability is revoked: it reads the old row of nothing, but under the old label, and the
/// head tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_load_that_is_paused_while_somebody_revokes_never_allows() {
    let world = world().await;
    let (token, jti) = world.mint(&[]);
    // This replica has not loaded the tenant yet.
    let replica = gw_testkit::app::<Check>(&world.db).await;

    let mut blocker = sqlx::PgConnection::connect(world.db.url()).await.unwrap();
    sqlx::query("begin").execute(&mut blocker).await.unwrap();
    sqlx::query("lock table capabilities.root_keys in access exclusive mode")
        .execute(&mut blocker)
        .await
        .unwrap();
    let (path, key) = (world.path(), world.tenant.api_key.clone());
    let body = search(&token);
    let early = tokio::spawn(async move {
        let answer = replica.post(&path, &key, body.clone()).await;
        (answer, replica)
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!early.is_finished(), "the load waits for the table");
    let epoch = world.revoke(&jti).await;
    sqlx::query("commit").execute(&mut blocker).await.unwrap();

    let ((_, answer), replica) = early.await.unwrap();
    assert_eq!(answer["decision"], "block", "{answer:#}");
    assert_eq!(answer["code"], "credential.revoked");
    assert_eq!(answer["epoch"], json!(epoch.0));
    let (_, late) = replica.post(&world.path(), &world.tenant.api_key, search(&token)).await;
    assert_eq!(late["code"], "credential.revoked");
}

/// Two replicas, one of which never hears of a change except from the head.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_check_that_begins_after_a_revocation_is_never_allowed_on_any_replica() {
    let world = world().await;
    let other = gw_testkit::app::<Check>(&world.db).await;
    let (path, key) = (world.path(), &world.tenant.api_key);
    for _ in 0..20 {
        let (token, jti) = world.mint(&[]);
        let (first, second) =
            tokio::join!(world.ask_with(&token), other.post(&path, key, search(&token)));
        assert_eq!(
            (&first.1["decision"], &second.1["decision"]),
            (&json!("allow"), &json!("allow"))
        );
        world.revoke(&jti).await;
        let (first, second) =
            tokio::join!(world.ask_with(&token), other.post(&path, key, search(&token)));
        assert_eq!(first.1["code"], "credential.revoked", "{:#}", first.1);
        assert_eq!(second.1["code"], "credential.revoked", "{:#}", second.1);
    }
}
