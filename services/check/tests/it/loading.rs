use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use axum::body::Body;
use futures::future::join_all;
use gw_check::Check;
use gw_kernel::TenantId;
use http::{Request, StatusCode};
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

#[tokio::test]
async fn a_revocation_is_looked_up_however_many_came_since_the_plan_was_made() {
    let world = world().await;
    let owner = world.db.owner().await;
    world.revoke("first").await;
    sqlx::query("analyze capabilities.revocations").execute(&owner).await.unwrap();
    for _ in 0..12 {
        let (token, jti) = world.mint(&[]);
        assert_eq!(world.ask_with(&token).await.1["decision"], "allow");
        world.revoke(&jti).await;
        assert_eq!(world.ask_with(&token).await.1["code"], "credential.revoked");
    }
    sqlx::query(
        "insert into capabilities.revocations (tenant_id, id, kind, selected, revocation_id,
             revoked_at, revoked_by_kind, revoked_by_id)
         select $1, gen_random_uuid(), 'jti', 'other-' || n, gen_random_uuid(), now(), 'machine', 'test'
         from generate_series(1, 50000) n",
    )
    .bind(world.tenant.id.uuid())
    .execute(&owner)
    .await
    .unwrap();
    let (token, jti) = world.mint(&[]);
    world.revoke(&jti).await;
    assert_eq!(world.ask_with(&token).await.1["code"], "credential.revoked");
    let rows = world.db.rows_read("capabilities.revocations").await;
    assert!(rows < 1_000, "{rows} rows were read");
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

/// A key that nobody made, of a tenant that is not there: everybody can write such keys.
fn stranger(world: &World) -> String {
    let tenant: TenantId = world.db.new_id();
    world.tenant.api_key.replace(&world.tenant.id.body(), &tenant.body())
}

/// While the loads for strangers hang, what changes is still read for the tenants that are known.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn loads_for_strangers_are_few_and_never_take_the_last_connection() {
    let world = world().await;
    let (token, jti) = world.mint(&[]);
    assert_eq!(world.ask_with(&token).await.1["decision"], "allow");
    let mut holder = world.db.owner().await.begin().await.unwrap();
    sqlx::query("lock table tenants.tenants in access exclusive mode")
        .execute(&mut *holder)
        .await
        .unwrap();

    let turned_away = AtomicUsize::new(0);
    let strangers = join_all((0..200).map(async |_| {
        let request = Request::post(world.path())
            .header("authorization", format!("Bearer {}", stranger(&world)))
            .header("gatewright-deadline-ms", "9000");
        let status = world.app.send(request.body(Body::empty()).unwrap()).await.status();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            turned_away.fetch_add(1, Ordering::Relaxed);
        }
        status
    }));
    let known = async {
        while turned_away.load(Ordering::Relaxed) < 72 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        world.lock_waiters(1).await;
        world.revoke(&jti).await;
        assert_eq!(world.ask_with(&token).await.1["code"], "credential.revoked");
        world.lock_waiters(1).await;
        holder.rollback().await.unwrap();
    };
    let (statuses, ()) = tokio::join!(strangers, known);
    let unknown = statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
    assert_eq!((unknown, turned_away.into_inner()), (128, 72));
}
