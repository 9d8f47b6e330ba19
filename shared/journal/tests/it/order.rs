use std::{collections::BTreeSet, sync::Arc, sync::atomic::Ordering};

use gw_journal::SubmitError;
use gw_kernel::{Epoch, TenantId};

use crate::{decider::question, world::World};

#[tokio::test(flavor = "multi_thread")]
async fn positions_are_gapless_under_many_callers() {
    let world = Arc::new(World::with(8, |options| options.lanes = 2).await);
    let callers = (0..64).map(|caller| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let tenant = world.tenants[caller % 8];
            let mut positions = Vec::new();
            for _ in 0..20 {
                let recorded = world.ask(question(tenant)).await.unwrap();
                let verified =
                    recorded.receipt.verify(&recorded.body, &[world.verifier(tenant)]).unwrap();
                assert!(verified.size > recorded.index);
                positions.push((tenant, recorded.index));
            }
            positions
        })
    });
    let mut seen = BTreeSet::new();
    for caller in callers.collect::<Vec<_>>() {
        for position in caller.await.unwrap() {
            assert!(seen.insert(position), "{position:?} was given out twice");
        }
    }
    for tenant in &world.tenants {
        assert_eq!(world.count(*tenant).await, 160);
        world.assert_sound(*tenant).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_between_decision_and_commit_has_it_decided_again() {
    let world = World::new(1).await;
    let tenant = world.tenants[0];
    world.decider.overtake.store(1, Ordering::Relaxed);
    let recorded = world.ask(question(tenant)).await.unwrap();
    assert_eq!((recorded.index, recorded.epoch), (1, Epoch(1)));
    assert_eq!(world.decider.decided.load(Ordering::Relaxed), 2);
    assert_eq!(world.decider.decided_under_head.load(Ordering::Relaxed), 0);
    world.assert_sound(tenant).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_third_decision_that_is_overtaken_is_made_under_the_head() {
    let world = World::new(1).await;
    let tenant = world.tenants[0];
    world.decider.overtake.store(3, Ordering::Relaxed);
    let recorded = world.ask(question(tenant)).await.unwrap();
    assert_eq!((recorded.index, recorded.epoch), (3, Epoch(3)));
    assert_eq!(world.decider.decided.load(Ordering::Relaxed), 3);
    assert_eq!(world.decider.decided_under_head.load(Ordering::Relaxed), 1);
    world.assert_sound(tenant).await;
    world.ask(question(tenant)).await.unwrap();
    world.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_race_checks_and_none_is_stale() {
    let world = Arc::new(World::with(2, |options| options.lanes = 2).await);
    let changes = tokio::spawn({
        let world = Arc::clone(&world);
        async move {
            for n in 0..100 {
                world.owner.append(world.tenants[n % 2]).await;
            }
        }
    });
    let callers = (0..32).map(|caller| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let tenant = world.tenants[caller % 2];
            for _ in 0..20 {
                let known = world.owner.epoch(tenant).await;
                let recorded = world.ask(question(tenant)).await.unwrap();
                assert!(recorded.epoch >= known, "what was true before the check counts");
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    changes.await.unwrap();
    for tenant in &world.tenants {
        assert_eq!(world.count(*tenant).await, 320);
        world.assert_sound(*tenant).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_that_was_seen_and_is_gone_is_a_regression() {
    let world = World::new(1).await;
    let tenant = world.tenants[0];
    world.ask(question(tenant)).await.unwrap();
    let patience = std::time::Duration::from_secs(5);
    let answer = world.ask_within(question(tenant), patience, Some(Epoch(9))).await;
    assert_eq!(answer.unwrap_err(), SubmitError::LogRegressed);
    let answer = world.ask_within(question(tenant), patience, Some(Epoch(0))).await;
    assert_eq!(answer.unwrap().index, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_lost_entries_is_refused() {
    let world = World::new(2).await;
    let [tenant, other] = [world.tenants[0], world.tenants[1]];
    for _ in 0..3 {
        world.ask(question(tenant)).await.unwrap();
    }
    world.ask(question(other)).await.unwrap();
    // What a fail-over to a standby that was behind leaves.
    for sql in [
        "delete from journal.entries where tenant_id = $1 and idx >= 2 returning idx",
        "delete from journal.batches where tenant_id = $1 and size > 2 returning size",
    ] {
        world.owner.number(sql, tenant).await;
    }
    assert_eq!(world.ask(question(tenant)).await.unwrap_err(), SubmitError::LogRegressed);
    assert_eq!(world.journal.health().tenants_regressed, 1);
    world.ask(question(other)).await.unwrap();
    // Somebody else appends on the fork: it is long enough now, and still another log.
    world.owner.append(tenant).await;
    world.owner.append(tenant).await;
    assert_eq!(world.ask(question(tenant)).await.unwrap_err(), SubmitError::LogRegressed);
    acknowledge(&world, tenant).await;
    let recorded = world.ask(question(tenant)).await.unwrap();
    assert_eq!((recorded.index, recorded.epoch), (5, Epoch(5)));
    assert_eq!(world.journal.health().tenants_regressed, 0);

    // What was acknowledged once does not speak for the next time, nor for an older history.
    let cut = "delete from journal.batches where tenant_id = $1 and size > 5 returning size";
    world.owner.number(cut, tenant).await;
    assert_eq!(world.ask(question(tenant)).await.unwrap_err(), SubmitError::LogRegressed);
    let forgotten = "delete from journal.acknowledgements where tenant_id = $1 returning idx";
    world.owner.number(forgotten, tenant).await;
    assert_eq!(world.ask(question(tenant)).await.unwrap_err(), SubmitError::LogRegressed);
    world.ask(question(other)).await.unwrap();
}

/// What an operator's acknowledgement leaves.
async fn acknowledge(world: &World, tenant: TenantId) {
    let acknowledge = "insert into journal.acknowledgements (tenant_id, at, idx)
        values ($1, clock_timestamp(), 4) returning idx";
    world.owner.number(acknowledge, tenant).await;
    world.owner.append(tenant).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_crosses_midnight_and_its_clock_never_goes_back() {
    let world = World::new(1).await;
    let tenant = world.tenants[0];
    world.ask(question(tenant)).await.unwrap();
    let sql = "update journal.batches set at = at + interval '1 day'
               where tenant_id = $1 returning size";
    world.owner.number(sql, tenant).await;
    let recorded = world.ask(question(tenant)).await.unwrap();
    let days = "select count(distinct day) from journal.entries where tenant_id = $1";
    assert_eq!(world.owner.number(days, tenant).await, 2);
    let times = "select count(distinct at) from journal.batches where tenant_id = $1";
    assert_eq!(world.owner.number(times, tenant).await, 1, "the newest batch's time holds");
    let mut tx = world.reading(tenant).await;
    let receipt = gw_journal::read::receipt(&mut tx, 1, None).await.unwrap();
    assert_eq!(receipt.to_string(), recorded.receipt.to_string());
}
