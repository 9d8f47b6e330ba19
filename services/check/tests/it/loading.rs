use std::time::Duration;

use futures::future::join_all;
use gw_check::Check;
use http::StatusCode;
use serde_json::json;

use crate::world::{World, search, world};

/// Takes the right to read these views from the service's role.
async fn hide(world: &World, views: &[&str]) {
    for view in views {
        let sql = format!("revoke select on {view} from gw_check");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&world.db.owner().await).await.unwrap();
    }
}

#[tokio::test]
async fn a_tenant_that_is_loaded_is_decided_for_without_reading_anything() {
    let world = world().await;
    let token = world.token(&[]);
    assert_eq!(world.ask_with(&token).await.1["decision"], "allow");
    sqlx::query("revoke usage on schema tenants, gates, capabilities, journal from gw_check")
        .execute(&world.db.owner().await)
        .await
        .unwrap();
    for _ in 0..5 {
        let (status, answer) = world.ask_with(&token).await;
        assert_eq!((status, &answer["decision"]), (StatusCode::OK, &json!("allow")), "{answer:#}");
    }
}

#[tokio::test]
async fn what_changed_is_read_again_and_nothing_else() {
    let world = world().await;
    let (token, jti) = world.mint(&[]);
    assert_eq!(world.ask_with(&token).await.1["decision"], "allow");
    let others = ["tenants.published_keys", "gates.snapshot_gates", "gates.snapshot_keypairs"];
    hide(&world, &others).await;
    hide(&world, &["capabilities.snapshot_root_keys", "tenants.published_tenants"]).await;
    world.revoke(&jti).await;
    assert_eq!(world.ask_with(&token).await.1["code"], "credential.revoked");

    // A load from the beginning needs all of it: the test can fail.
    let replica = gw_testkit::app::<Check>(&world.db).await;
    let (_, problem) = replica.post(&world.path(), &world.tenant.api_key, search(&token)).await;
    assert_eq!(problem["code"], "check.stale");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_of_one_tenant_share_one_load() {
    let world = world().await;
    let token = world.token(&[]);
    let owner = world.db.owner().await;
    let mut holder = owner.begin().await.unwrap();
    sqlx::query("lock table capabilities.root_keys in access exclusive mode")
        .execute(&mut *holder)
        .await
        .unwrap();
    let checks = join_all((0..32).map(|_| world.ask_with(&token)));
    let release = async {
        world.lock_waiters(1).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.lock_waiters(1).await;
        holder.rollback().await.unwrap();
    };
    let (answers, ()) = tokio::join!(checks, release);
    assert!(answers.iter().all(|(_, answer)| answer["decision"] == "allow"));
}
