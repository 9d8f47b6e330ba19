use std::time::Duration;

use futures::future::join_all;
use gw_kernel::DecisionId;
use http::StatusCode;
use serde_json::json;

use crate::world::{revoked, search, world};

/// Every pooled connection of the check service's role waits for the head of one of two tenants
/// (one alone never has them all), inside an administrative append. Neither a load nor a lane needs one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_check_answers_while_every_pooled_connection_is_blocked_in_an_append() {
    let world = world().await;
    let neighbour = world.db.tenant("neighbour").await;
    let pool = world.db.db(gw_db::Role::Check).await;
    let other = world.db.tenant("other").await;
    let mut tx = pool.tenant(&other.identity()).await.unwrap();
    let revoked_at = tx.now();
    tx.record(revoked(world.db.new_id(), "first", revoked_at)).unwrap();
    tx.commit().await.unwrap();
    let owner = world.db.owner().await;
    let mut holder = owner.begin().await.unwrap();
    sqlx::query("select from journal.heads where tenant_id = any ($1) for update")
        .bind([world.tenant.id.uuid(), other.id.uuid()])
        .execute(&mut *holder)
        .await
        .unwrap();

    let all = world.db.config().max_connections;
    let blocked: Vec<_> = (0..all)
        .map(|n| {
            let of = if n % 2 == 0 { &world.tenant } else { &other };
            let (db, who) = (pool.clone(), of.identity());
            let id = world.db.new_id();
            tokio::spawn(async move {
                let mut tx = db.tenant(&who).await?;
                let revoked_at = tx.now();
                tx.record(revoked(id, &n.to_string(), revoked_at))?;
                tx.commit().await
            })
        })
        .collect();
    world.lock_waiters(i64::from(all)).await;

    // The neighbour has no gate: what it is told is what its snapshot says, freshly loaded.
    let (status, problem) = world.app.post(&world.path(), &neighbour.api_key, search("x")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("gate.not_found")));

    let token = world.token(&[]);
    let asked = world.ask_with(&token);
    let release = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        holder.rollback().await.unwrap();
    };
    let ((status, answer), ()) = tokio::join!(asked, release);
    assert_eq!((status, &answer["decision"]), (StatusCode::OK, &json!("allow")), "{answer:#}");
    for appended in join_all(blocked).await {
        appended.unwrap().unwrap();
    }
}

/// The service's own pool is full of reads that wait for a table. A check needs none of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_check_answers_while_the_services_own_pool_is_full() {
    let world = world().await;
    let token = world.token(&[]);
    assert_eq!(world.ask_with(&token).await.1["decision"], "allow");
    let owner = world.db.owner().await;
    let mut holder = owner.begin().await.unwrap();
    sqlx::query("lock table gates.gates in access exclusive mode")
        .execute(&mut *holder)
        .await
        .unwrap();

    let path = format!("/v1/gates/{}/attestations", world.gate);
    let other = world.db.tenant("other").await;
    let reads = join_all((0..16).map(|n| {
        let key = if n % 2 == 0 { &world.tenant.api_key } else { &other.api_key };
        world.app.get(&path, key)
    }));
    let checks = async {
        world.lock_waiters(i64::from(world.db.config().max_connections)).await;
        for _ in 0..10 {
            let (status, answer) = world.ask_with(&token).await;
            assert_eq!((status, &answer["decision"]), (StatusCode::OK, &json!("allow")));
        }
        holder.rollback().await.unwrap();
    };
    let (reads, ()) = tokio::join!(reads, checks);
    let told = reads.iter().map(|(status, _)| *status);
    let expected = [StatusCode::OK, StatusCode::NOT_FOUND].into_iter().cycle();
    assert!(told.zip(expected).all(|(told, expected)| told == expected));
}

/// The same, for a tenant that has to be loaded first: the log's entries are locked, which a load
/// from the beginning does not read.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_tenant_is_loaded_while_the_services_own_pool_is_full() {
    let world = world().await;
    let neighbour = world.db.tenant("neighbour").await;
    let owner = world.db.owner().await;
    let mut holder = owner.begin().await.unwrap();
    sqlx::query("lock table journal.entries in access exclusive mode")
        .execute(&mut *holder)
        .await
        .unwrap();
    let path = format!("/v1/gates/{}/attestations", world.gate);
    let other = world.db.tenant("other").await;
    let decision: DecisionId = world.db.new_id();
    let theirs = format!("/v1/admin/decisions/{decision}");
    let reads = join_all((0..16).map(|n| match n % 2 {
        0 => world.app.get(&path, &world.tenant.api_key),
        _ => world.app.get(&theirs, &other.api_key),
    }));
    let check = async {
        world.lock_waiters(i64::from(world.db.config().max_connections)).await;
        let (_, problem) = world.app.post(&world.path(), &neighbour.api_key, search("x")).await;
        assert_eq!(problem["code"], "gate.not_found", "{problem:#}");
        holder.rollback().await.unwrap();
    };
    let (reads, ()) = tokio::join!(reads, check);
    let told = reads.iter().map(|(status, _)| *status);
    let expected = [StatusCode::OK, StatusCode::NOT_FOUND].into_iter().cycle();
    assert!(told.zip(expected).all(|(told, expected)| told == expected));
}

#[tokio::test]
async fn a_tenant_whose_keys_do_not_unseal_is_stale_and_the_others_go_on() {
    let world = world().await;
    let neighbour = world.db.tenant("neighbour").await;
    let before = world.entries().await;
    sqlx::query("update capabilities.root_keys set sealed = sealed || '\\x00'")
        .execute(&world.db.owner().await)
        .await
        .unwrap();
    for _ in 0..2 {
        let (status, problem) = world.ask_with(&world.token(&[])).await;
        assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("check.stale")));
        let (_, problem) = world.app.post(&world.path(), &neighbour.api_key, search("x")).await;
        assert_eq!(problem["code"], "gate.not_found", "it is decided for them");
    }
    assert_eq!(world.entries().await, before);
}
