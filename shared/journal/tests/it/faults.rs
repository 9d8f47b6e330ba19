use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures::future::join_all;
use gw_journal::SubmitError;
use tokio::time::Instant;

use crate::{
    decider::{Question, question},
    proxy::through_a_proxy,
    world::World,
};

pub(crate) const KILL: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'gatewright-journal' and datname = current_database()";

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_head_stops_its_own_tenant_only() {
    let world = World::with(2, |options| options.queue = 64).await;
    let [stuck, other] = [world.tenants[0], world.tenants[1]];
    world.ask(question(stuck)).await.unwrap();
    world.ask(question(other)).await.unwrap();
    let mut holder = world.owner.pool.begin().await.unwrap();
    sqlx::query("select from journal.heads where tenant_id = $1 for update")
        .bind(stuck.uuid())
        .execute(&mut *holder)
        .await
        .unwrap();

    let patience = Duration::from_millis(1500);
    let started = Instant::now();
    // As many as the whole queue has room for: all but the tenant's share hear it at once.
    let waits = join_all((0..64).map(async |_| {
        let answer = world.ask_within(question(stuck), patience, None).await;
        (answer.unwrap_err(), started.elapsed() < patience)
    }));
    let others = async {
        while world.journal.health().queued < 8 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for _ in 0..20 {
            world.ask_within(question(other), patience, None).await.unwrap();
        }
        started.elapsed()
    };
    let (answers, elapsed) = tokio::join!(waits, others);
    assert!(elapsed < patience, "the others took {elapsed:?}");
    assert!(answers.iter().all(|(error, _)| *error == SubmitError::JournalUnavailable));
    assert_eq!(answers.iter().filter(|(_, at_once)| *at_once).count(), 56);

    holder.rollback().await.unwrap();
    while world.journal.health().queued > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.ask(question(stuck)).await.unwrap();
    assert_eq!(world.count(stuck).await, 2, "what was given up on was not written");
    world.assert_sound(stuck).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn backends_that_are_terminated_lose_and_double_nothing() {
    let world = Arc::new(World::with(4, |options| options.lanes = 2).await);
    let stop = tokio_util::sync::CancellationToken::new();
    let killer = tokio::spawn({
        let (world, stop) = (Arc::clone(&world), stop.clone());
        async move {
            for _ in 0..15 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                world.owner.run(KILL).await;
            }
            stop.cancel();
        }
    });
    let callers = (0..32).map(|caller| {
        let (world, stop) = (Arc::clone(&world), stop.clone());
        tokio::spawn(async move {
            let tenant = world.tenants[caller % 4];
            let (mut recorded, mut unknown) = (Vec::new(), 0);
            while !stop.is_cancelled() {
                match world.ask(question(tenant)).await {
                    Ok(answer) => recorded.push((tenant, answer.index, answer.answer.id)),
                    Err(SubmitError::OutcomeUnknown) => unknown += 1,
                    Err(SubmitError::JournalUnavailable) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
            (recorded, unknown)
        })
    });
    let (mut recorded, mut unknown) = (Vec::new(), 0);
    for caller in callers.collect::<Vec<_>>() {
        let (more, lost) = caller.await.unwrap();
        recorded.extend(more);
        unknown += lost;
    }
    killer.await.unwrap();
    assert!(!recorded.is_empty());
    let mut stored = 0;
    for tenant in &world.tenants {
        world.assert_sound(*tenant).await;
        stored += world.count(*tenant).await;
    }
    for (tenant, index, id) in &recorded {
        let (found,): (uuid::Uuid,) =
            sqlx::query_as("select id from journal.entries where tenant_id = $1 and idx = $2")
                .bind(tenant.uuid())
                .bind(i64::try_from(*index).unwrap())
                .fetch_one(&world.owner.pool)
                .await
                .unwrap();
        assert_eq!(found, *id, "what was answered is in the log, where it was said to be");
    }
    let answered = i64::try_from(recorded.len()).unwrap();
    assert!((answered..=answered + unknown).contains(&stored), "{answered} + {unknown}: {stored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_the_answer_comes_by_the_deadline() {
    let world = World::with(1, |options| {
        options.connect = options.connect.clone().port(1);
        options.queue = 16;
    })
    .await;
    let tenant = world.tenants[0];
    let started = Instant::now();
    let patience = Duration::from_millis(300);
    let ask = || world.ask_within(question(tenant), patience, None);
    let (first, second) = tokio::join!(ask(), ask());
    assert_eq!(first.unwrap_err(), SubmitError::JournalUnavailable);
    assert_eq!(second.unwrap_err(), SubmitError::JournalUnavailable);
    assert!(started.elapsed() < Duration::from_secs(1));
    let started = Instant::now();
    assert_eq!(ask().await.unwrap_err(), SubmitError::JournalUnavailable);
    assert!(started.elapsed() < Duration::from_millis(200), "a full share says so at once");
    assert!(!world.journal.health().ready());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_panics_begins_again_and_lets_go_of_its_tenants() {
    let world = World::with(2, |options| options.sides = 1).await;
    let [panics, other] = [world.tenants[0], world.tenants[1]];
    // A log's first check is a side connection's; it comes there by way of a lane.
    for patience in [2, 1, 1] {
        let patience = Some(patience);
        let answer = world.ask(Question { patience, ..question(panics) }).await;
        assert_eq!(answer.unwrap_err(), SubmitError::JournalUnavailable);
        world.ask(question(other)).await.unwrap();
    }
    world.ask(question(panics)).await.unwrap();
    world.settled().await;
    world.assert_sound(panics).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_side_connection_that_falls_silent_is_replaced() {
    let mut silent = None;
    let world = World::with(1, |options| {
        options.commit_timeout = Duration::from_millis(500);
        silent = Some(through_a_proxy(&mut options.connect));
    })
    .await;
    let (tenant, silent) = (world.tenants[0], silent.unwrap());
    world.ask(question(tenant)).await.unwrap();
    world.decider.head_is_held.set(Arc::clone(&silent)).unwrap();
    world.decider.overtake.store(3, Ordering::Relaxed);
    let speak_again = async {
        while !silent.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        silent.store(false, Ordering::Relaxed);
    };
    let budget = Some(("hop".to_owned(), 1));
    let asking = world.ask(Question { budget, ..question(tenant) });
    let (answer, ()) = tokio::join!(asking, speak_again);
    assert_eq!(answer.unwrap().index, 4, "its counters were read on another connection");
    world.assert_sound(tenant).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_handed_in_before_shutdown_is_recorded() {
    let world = Arc::new(World::new(1).await);
    let tenant = world.tenants[0];
    world.ask(question(tenant)).await.unwrap();
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.ask(question(tenant)).await })
        })
        .collect();
    while world.decider.decided.load(Ordering::Relaxed) < 51 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    world.shutdown.cancel();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    tokio::time::timeout(Duration::from_secs(5), world.journal.stopped()).await.unwrap();
    assert_eq!(world.ask(question(tenant)).await.unwrap_err(), SubmitError::JournalUnavailable);
}
