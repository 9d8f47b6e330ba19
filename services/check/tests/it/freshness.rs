use std::future::Future;

use gw_check::Check;
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::archived;
use crate::world::{World, search, world};

/// A load is held between two of its reads: after the API keys, before the root keys and the
/// revocations. Meanwhile something changes. Whatever the load saw of it, its label is no newer,
/// and the head tells.
async fn paused_load(world: &World, token: &str, change: impl Future<Output = ()>) -> (u16, Value) {
    // This replica has not loaded the tenant yet.
    let replica = gw_testkit::app::<Check>(&world.db).await;
    let mut blocker = sqlx::PgConnection::connect(world.db.url()).await.unwrap();
    for sql in ["begin", "lock table capabilities.root_keys in access exclusive mode"] {
        sqlx::query(sql).execute(&mut blocker).await.unwrap();
    }
    let (path, key, body) = (world.path(), world.tenant.api_key.clone(), search(token));
    let early = tokio::spawn(async move { replica.post(&path, &key, body).await });
    world.lock_waiters(1).await;
    change.await;
    sqlx::query("commit").execute(&mut blocker).await.unwrap();
    let (status, answer) = early.await.unwrap();
    (status.as_u16(), answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_load_that_is_paused_while_a_capability_is_revoked_never_allows() {
    let world = world().await;
    let (token, jti) = world.mint(&[]);
    let revoke = async {
        world.revoke(&jti).await;
    };
    let (status, answer) = paused_load(&world, &token, revoke).await;
    assert_eq!((status, &answer["code"]), (200, &json!("credential.revoked")), "{answer:#}");
    assert_eq!(answer["decision"], "block");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_load_that_is_paused_while_its_callers_key_is_revoked_never_allows() {
    let world = world().await;
    let token = world.token(&[]);
    let revoke = world.revoke_key(world.tenant.key);
    let (status, answer) = paused_load(&world, &token, revoke).await;
    assert_eq!((status, &answer["code"]), (401, &json!("caller.unknown")), "{answer:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_load_that_is_paused_while_its_gate_is_archived_never_decides() {
    let world = world().await;
    let (token, entries) = (world.token(&[]), world.entries().await);
    let archive = async {
        archived::set(&world, "state", "archived").await;
    };
    let (status, answer) = paused_load(&world, &token, archive).await;
    assert_eq!((status, &answer["code"]), (410, &json!("gate.archived")), "{answer:#}");
    assert_eq!(world.entries().await, entries + 1);
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
