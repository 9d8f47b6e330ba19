//! The global kill switch: one row that every batch reads under its heads.

use std::{sync::Arc, time::Duration};

use gw_db::Role;
use gw_journal::SubmitError;
use gw_kernel::TenantId;
use sqlx::{Connection, PgConnection};

use crate::{decider::question, world::World};

const ENGAGE: &str = "update journal.halt set engaged = true";
const RELEASE: &str = "update journal.halt set engaged = false";

async fn allowed(world: &World, tenant: TenantId) -> bool {
    world.ask(question(tenant)).await.unwrap().answer.allowed
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_engaged_nothing_is_allowed_or_taken_and_everything_is_recorded() {
    let world = World::new(2).await;
    let replica = world.replica().await;
    let budget = |tenant| {
        let mut question = question(tenant);
        question.budget = Some(("hop".to_owned(), 2));
        question
    };
    let [one, other] = [world.tenants[0], world.tenants[1]];
    assert!(world.ask(budget(one)).await.unwrap().answer.allowed);

    world.owner.run(ENGAGE).await;
    for place in [&world, &replica] {
        assert!(!place.ask(budget(one)).await.unwrap().answer.allowed);
        assert!(!allowed(place, other).await);
    }
    let used = "select sum(used)::bigint from journal.counters where tenant_id = $1";
    assert_eq!(world.owner.number(used, one).await, 1);
    assert_eq!((world.count(one).await, world.count(other).await), (3, 2));

    world.owner.run(RELEASE).await;
    assert!(replica.ask(budget(one)).await.unwrap().answer.allowed);
    assert!(!world.ask(budget(one)).await.unwrap().answer.allowed, "two calls are two calls");
    assert!(allowed(&world, other).await);
    world.assert_sound(one).await;
}

/// Checks go on all the time; after each engaging none that begins is allowed, on either replica,
/// and after each release one is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_check_that_begins_after_it_is_engaged_is_never_allowed() {
    let world = Arc::new(World::new(4).await);
    let replica = Arc::new(world.replica().await);
    let busy: Vec<_> = (0..16)
        .map(|caller| {
            let world = Arc::clone(if caller % 2 == 0 { &world } else { &replica });
            tokio::spawn(async move {
                loop {
                    allowed(&world, world.tenants[caller % 4]).await;
                }
            })
        })
        .collect();
    for round in 0..50 {
        let tenant = world.tenants[round % 4];
        world.owner.run(ENGAGE).await;
        let (here, there) = tokio::join!(allowed(&world, tenant), allowed(&replica, tenant));
        assert!(!here && !there, "round {round}");
        world.owner.run(RELEASE).await;
        let (here, there) = tokio::join!(allowed(&world, tenant), allowed(&replica, tenant));
        assert!(here && there, "round {round}");
    }
    for caller in busy {
        assert!(!caller.is_finished(), "{:?}", caller.await);
        caller.abort();
    }
    for tenant in &world.tenants {
        world.assert_sound(*tenant).await;
    }
}

/// A tenant whose head is held waits on a side connection, which reads the row too; engaging waits
/// for no tenant's head.
#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_no_head_and_reaches_those_who_do() {
    let world = Arc::new(World::new(1).await);
    let tenant = world.tenants[0];
    assert!(allowed(&world, tenant).await);
    let mut holder = world.owner.pool.begin().await.unwrap();
    sqlx::query("select from journal.heads where tenant_id = $1 for update")
        .bind(tenant.uuid())
        .execute(&mut *holder)
        .await
        .unwrap();
    let early = tokio::spawn({
        let world = Arc::clone(&world);
        async move { allowed(&world, tenant).await }
    });
    while world.journal.health().tenants_aside == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.owner.run(ENGAGE).await;
    holder.rollback().await.unwrap();
    assert!(!early.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_row_nothing_is_allowed() {
    let world = World::new(1).await;
    world.owner.run("delete from journal.halt").await;
    let patience = Duration::from_millis(500);
    let answer = world.ask_within(question(world.tenants[0]), patience, None).await;
    assert!(matches!(answer, Err(SubmitError::JournalUnavailable)), "{answer:?}");
    assert_eq!(world.count(world.tenants[0]).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_platform_engages_it() {
    let db = gw_testkit::database().await;
    let set = async |role, tenant: TenantId| {
        let options = db.db(role).await.pg_options();
        let mut conn = PgConnection::connect_with(&options).await.unwrap();
        sqlx::query("select set_config('gw.tenant_id', $1, false)")
            .bind(tenant.uuid().to_string())
            .execute(&mut conn)
            .await
            .unwrap();
        let set = sqlx::query("select journal.set_halt(true)").execute(&mut conn).await;
        set.map(drop)
            .map_err(|error| error.as_database_error().unwrap().code().unwrap().into_owned())
    };
    let refused = Err("42501".to_owned());
    assert_eq!(set(Role::Tenants, db.new_id()).await, refused);
    assert_eq!(set(Role::Check, TenantId::PLATFORM).await, refused);
    assert_eq!(set(Role::Journal, TenantId::PLATFORM).await, refused);
    assert_eq!(set(Role::Tenants, TenantId::PLATFORM).await, Ok(()));
}
