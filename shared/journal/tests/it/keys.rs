//! A key that a caller gives is one record, whatever happens to the asking.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures::future::join_all;
use gw_journal::SubmitError;

use crate::{
    decider::{Question, question},
    faults::KILL,
    proxy::through_a_proxy,
    world::World,
};

fn keyed(world: &World, tenant: usize, key: &str) -> Question {
    Question { key: Some((key.to_owned(), 1)), ..question(world.tenants[tenant]) }
}

/// Asks until there is an answer, as a caller does that hears nothing certain; its position.
async fn until_answered(world: &World, key: &str) -> u64 {
    for _ in 0..200 {
        match world.ask_keyed(keyed(world, 0, key)).await {
            Ok((index, _)) => return index,
            Err(SubmitError::OutcomeUnknown | SubmitError::JournalUnavailable) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("{key} is never answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_is_one_record_in_every_batch_and_on_every_replica() {
    let one = Arc::new(World::with(2, |options| options.lanes = 2).await);
    let replicas = [Arc::clone(&one), Arc::new(one.replica().await)];
    let callers = (0..64).map(|caller| {
        let world = Arc::clone(&replicas[caller % 2]);
        tokio::spawn(async move {
            let tenant = caller / 2 % 2;
            let mut answers = Vec::new();
            for key in ["first", "second", "third"] {
                answers.push(world.ask_keyed(keyed(&world, tenant, key)).await.unwrap());
            }
            (tenant, answers)
        })
    });
    let (mut positions, mut made) = ([BTreeSet::new(), BTreeSet::new()], 0);
    for caller in callers.collect::<Vec<_>>() {
        let (tenant, answers) = caller.await.unwrap();
        made += answers.iter().filter(|(_, again)| !again).count();
        positions[tenant].extend(answers.into_iter().map(|(index, _)| index));
    }
    assert_eq!(made, 6, "all others hear what was recorded");
    for (tenant, positions) in one.tenants.iter().zip(positions) {
        assert_eq!(positions, BTreeSet::from([0, 1, 2]));
        assert_eq!(one.count(*tenant).await, 3);
        one.assert_sound(*tenant).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_under_a_key_is_refused_and_appends_nothing() {
    let world = World::new(1).await;
    assert_eq!(world.ask_keyed(keyed(&world, 0, "key")).await, Ok((0, false)));
    let other = || Question { key: Some(("key".to_owned(), 2)), ..question(world.tenants[0]) };
    assert_eq!(world.ask_keyed(other()).await, Err(SubmitError::Conflict));
    let all = [keyed(&world, 0, "new"), other(), keyed(&world, 0, "new"), other()];
    let answers = join_all(all.into_iter().map(|question| world.ask_keyed(question))).await;
    assert_eq!(answers.iter().filter(|it| **it == Err(SubmitError::Conflict)).count(), 2);
    assert_eq!(answers.iter().filter(|it| matches!(it, Ok((1, _)))).count(), 2);
    assert_eq!(world.count(world.tenants[0]).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_takes_nothing_again() {
    let world = World::new(1).await;
    let budget = Some(("hop".to_owned(), 1));
    let ask = || Question { budget: budget.clone(), ..keyed(&world, 0, "key") };
    assert_eq!(world.ask_keyed(ask()).await, Ok((0, false)));
    assert_eq!(world.ask_keyed(ask()).await, Ok((0, true)));
    let used = "select used from journal.counters where tenant_id = $1 and key = 'calls:hop'";
    assert_eq!(world.owner.number(used, world.tenants[0]).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_free_again_are_forgotten_a_few_at_a_time() {
    let world = World::new(1).await;
    for key in ["a", "b", "c", "d", "e"] {
        world.ask_keyed(keyed(&world, 0, key)).await.unwrap();
    }
    let kept = "select count(*) from journal.uses where tenant_id = $1";
    assert_eq!(world.owner.number(kept, world.tenants[0]).await, 5);
    // The day is over when the database says so.
    world.owner.run("update journal.uses set expires_at = expires_at - interval '1 day'").await;
    assert_eq!(world.ask_keyed(keyed(&world, 0, "e")).await, Ok((5, false)), "it is free again");
    assert_eq!(world.ask_keyed(keyed(&world, 0, "e")).await, Ok((5, true)));
    let left = world.owner.number(kept, world.tenants[0]).await;
    assert!((3..=4).contains(&left), "two of the expired are gone, whichever: {left}");
    world.ask(question(world.tenants[0])).await.unwrap();
    assert_eq!(world.owner.number(kept, world.tenants[0]).await, left, "others forget nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_not_heard_of_is_not_made_twice() {
    let mut silent = None;
    let world = World::with(1, |options| {
        options.commit_timeout = Duration::from_millis(300);
        silent = Some(through_a_proxy(&mut options.connect));
    })
    .await;
    let silent = silent.unwrap();
    world.ask(question(world.tenants[0])).await.unwrap();
    for round in 0..8_u64 {
        let key = format!("key {round}");
        let silence = async {
            tokio::time::sleep(Duration::from_millis(round)).await;
            silent.store(true, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(100)).await;
            silent.store(false, Ordering::Relaxed);
        };
        let (first, ()) = tokio::join!(world.ask_keyed(keyed(&world, 0, &key)), silence);
        let index = until_answered(&world, &key).await;
        if let Ok((before, _)) = first {
            assert_eq!(before, index);
        }
        assert_eq!(until_answered(&world, &key).await, index);
    }
    assert_eq!(world.count(world.tenants[0]).await, 9, "one for each key, and the first");
    world.assert_sound(world.tenants[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_who_ask_until_they_are_answered_double_nothing_when_backends_die() {
    let world = Arc::new(World::with(1, |options| options.lanes = 2).await);
    let callers: Vec<_> = (0..16)
        .map(|caller| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let mut found = Vec::new();
                for number in 0..20 {
                    found.push(until_answered(&world, &format!("{caller} {number}")).await);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                found
            })
        })
        .collect();
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(80)).await;
        world.owner.run(KILL).await;
    }
    let mut found = BTreeSet::new();
    for caller in callers {
        found.extend(caller.await.unwrap());
    }
    assert_eq!(found.len(), 320, "no two keys share a record");
    assert_eq!(world.count(world.tenants[0]).await, 320, "no key has two");
    world.assert_sound(world.tenants[0]).await;
}
