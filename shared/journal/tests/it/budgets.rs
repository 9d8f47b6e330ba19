use std::sync::Arc;

use gw_journal::SubmitError;

use crate::{
    decider::{Question, question},
    world::World,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_of_n_lets_n_through() {
    let world = Arc::new(World::with(3, |options| options.lanes = 2).await);
    let callers = (0..48).map(|caller| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let tenant = world.tenants[caller % 3];
            let budget = Some(("hop".to_owned(), 37));
            let recorded = world.ask(Question { budget, ..question(tenant) }).await.unwrap();
            let again = Some(("hop".to_owned(), 37));
            let later = world.ask(Question { budget: again, ..question(tenant) }).await.unwrap();
            let third = Some(("hop".to_owned(), 37));
            let last = world.ask(Question { budget: third, ..question(tenant) }).await.unwrap();
            let answers = [recorded.answer, later.answer, last.answer];
            (tenant, answers.iter().filter(|answer| answer.allowed).count())
        })
    });
    let mut allowed = std::collections::HashMap::new();
    for caller in callers.collect::<Vec<_>>() {
        let (tenant, count) = caller.await.unwrap();
        *allowed.entry(tenant).or_insert(0) += count;
    }
    for tenant in &world.tenants {
        assert_eq!(allowed[tenant], 37);
        assert_eq!(world.count(*tenant).await, 48, "blocks are recorded too");
        let used = "select used from journal.counters where tenant_id = $1 and key = 'calls:hop'";
        assert_eq!(world.owner.number(used, *tenant).await, 37);
        world.assert_sound(*tenant).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_no_database_takes_fails_its_own_tenant_only() {
    let world = Arc::new(World::new(6).await);
    let callers = (0..60).map(|caller| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let tenant = world.tenants[caller % 6];
            let poison = caller % 6 == 0;
            (poison, world.ask(Question { poison, ..question(tenant) }).await)
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        match caller.await.unwrap() {
            (true, answer) => assert_eq!(answer.unwrap_err(), SubmitError::JournalUnavailable),
            (false, answer) => assert!(answer.is_ok(), "{answer:?}"),
        }
    }
    assert_eq!(world.count(world.tenants[0]).await, 0);
    for tenant in &world.tenants[1..] {
        assert_eq!(world.count(*tenant).await, 10);
        world.assert_sound(*tenant).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_a_budget_and_a_log() {
    let one = Arc::new(World::new(2).await);
    let replicas = [Arc::clone(&one), Arc::new(one.replica().await), Arc::new(one.replica().await)];
    let callers = (0..48).map(|caller| {
        let world = Arc::clone(&replicas[caller % 3]);
        tokio::spawn(async move {
            let tenant = world.tenants[caller % 2];
            let mut allowed = 0;
            for _ in 0..10 {
                let budget = Some(("hop".to_owned(), 100));
                let recorded = world.ask(Question { budget, ..question(tenant) }).await.unwrap();
                recorded.receipt.verify(&recorded.body, &[world.verifier(tenant)]).unwrap();
                allowed += usize::from(recorded.answer.allowed);
            }
            (tenant, allowed)
        })
    });
    let mut allowed = std::collections::HashMap::new();
    for caller in callers.collect::<Vec<_>>() {
        let (tenant, count) = caller.await.unwrap();
        *allowed.entry(tenant).or_insert(0) += count;
    }
    for tenant in &one.tenants {
        assert_eq!(allowed[tenant], 100);
        assert_eq!(one.count(*tenant).await, 240);
        one.assert_sound(*tenant).await;
    }
}
