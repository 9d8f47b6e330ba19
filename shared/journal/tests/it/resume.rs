//! A log that nobody else appends to is gone on with in one flight, and only as long as it is so.

use std::sync::{Arc, atomic::Ordering};

use gw_journal::SubmitError;
use gw_kernel::{Epoch, TenantId};
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::{
    decider::{Question, question},
    world::World,
};

/// From now on every batch says which statement wrote it.
const WATCH: [&str; 4] = [
    "create table public.flights (tenant_id uuid, prev bigint, statement text)",
    "create function public.watch() returns trigger language plpgsql security definer as $$
     begin
         insert into public.flights values (new.tenant_id, new.prev, current_query());
         return new;
     end $$",
    "create trigger watch before insert on journal.batches
         for each row execute function public.watch()",
    "grant usage on schema public to gw_journal",
];

/// A world whose one tenant's log has been gone on with in one flight.
async fn under_way() -> (World, TenantId) {
    let world = World::new(1).await;
    let tenant = world.tenants[0];
    for sql in WATCH {
        world.owner.run(sql).await;
    }
    for _ in 0..3 {
        world.ask(question(tenant)).await.unwrap();
    }
    assert_eq!(flights(&world, tenant).await, [false, false, true]);
    (world, tenant)
}

/// Which of the batches that lanes wrote were written in one flight.
async fn flights(world: &World, tenant: TenantId) -> Vec<bool> {
    let sql = "select statement like '%journal.resume%' from public.flights
        where tenant_id = $1 and statement not like '%journal.append%' order by prev";
    sqlx::query_scalar(sql).bind(tenant.uuid()).fetch_all(&world.owner.pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_something_looks_first() {
    let (world, tenant) = under_way().await;
    let budget = Some(("hop".to_owned(), 9));
    world.ask(Question { budget, ..question(tenant) }).await.unwrap();
    world
        .ask_keyed(Question { key: Some(("key".to_owned(), 1)), ..question(tenant) })
        .await
        .unwrap();
    let poison = Question { poison: true, ..question(tenant) };
    assert_eq!(world.ask(poison).await.unwrap_err(), SubmitError::JournalUnavailable);
    let recorded = world.ask(question(tenant)).await.unwrap();
    recorded.receipt.verify(&recorded.body, &[world.verifier(tenant)]).unwrap();
    assert_eq!(flights(&world, tenant).await[3..5], [false, false]);
    assert_eq!(world.count(tenant).await, 6);
    world.assert_sound(tenant).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_since_is_noticed_and_the_next_batch_looks_first() {
    let (world, tenant) = under_way().await;
    world.decider.overtake.store(1, Ordering::Relaxed);
    let recorded = world.ask(question(tenant)).await.unwrap();
    assert_eq!((recorded.index, recorded.epoch), (4, Epoch(4)));
    assert_eq!(world.decider.decided.load(Ordering::Relaxed), 5, "it was decided once more");
    for _ in 0..2 {
        world.ask(question(tenant)).await.unwrap();
    }
    assert_eq!(flights(&world, tenant).await[3..], [false, false, true]);
    world.assert_sound(tenant).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_halted_is_not_gone_on_with() {
    let (world, tenant) = under_way().await;
    world.owner.run("update journal.halt set engaged = true").await;
    for _ in 0..3 {
        assert!(!world.ask(question(tenant)).await.unwrap().answer.allowed);
    }
    world.owner.run("update journal.halt set engaged = false").await;
    assert!(world.ask(question(tenant)).await.unwrap().answer.allowed);
    assert_eq!(flights(&world, tenant).await[3..6], [false; 3]);
    world.owner.run("delete from journal.halt").await;
    let patience = std::time::Duration::from_millis(500);
    let answer = world.ask_within(question(tenant), patience, None).await;
    assert_eq!(answer.unwrap_err(), SubmitError::JournalUnavailable, "nobody knows");
    assert_eq!(world.count(tenant).await, 7);
}

/// As long as it was, and not what it was.
#[tokio::test(flavor = "multi_thread")]
async fn another_history_is_not_gone_on_with() {
    let (world, tenant) = under_way().await;
    let sql = "update journal.batches set frontier = sha256(frontier) || sha256('x')
        where tenant_id = $1 and size = 3 returning size";
    world.owner.number(sql, tenant).await;
    assert_eq!(world.ask(question(tenant)).await.unwrap_err(), SubmitError::LogRegressed);
    assert_eq!(world.count(tenant).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_loss_is_heard_of() {
    let (world, tenant) = under_way().await;
    let sql = "insert into journal.acknowledgements (tenant_id, at, idx)
        values ($1, clock_timestamp(), 3) returning idx";
    world.owner.number(sql, tenant).await;
    world.ask(question(tenant)).await.unwrap();
    assert!(world.decider.acknowledged.lock().unwrap().contains_key(&tenant));
    assert_eq!(flights(&world, tenant).await[3..], [false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_the_logs_and_never_goes_back() {
    let (world, tenant) = under_way().await;
    let sql = "update journal.batches set at = at + interval '1 day'
               where tenant_id = $1 and size = 3 returning size";
    world.owner.number(sql, tenant).await;
    world.ask(question(tenant)).await.unwrap();
    assert_eq!(flights(&world, tenant).await[3..], [true]);
    let same = "select count(*) from journal.batches b
        join journal.batches before on before.tenant_id = b.tenant_id and before.size = 3
        join journal.entries e on e.tenant_id = b.tenant_id and e.idx = 3
        where b.tenant_id = $1 and b.prev = 3 and b.at = before.at
            and e.day = (b.at at time zone 'UTC')::date";
    assert_eq!(world.owner.number(same, tenant).await, 1);
}

/// Whoever hears the answer takes it for committed, so it is refused where it would not be.
#[tokio::test(flavor = "multi_thread")]
async fn it_is_no_part_of_a_transaction() {
    let db = gw_testkit::database().await;
    let options = db.db(gw_db::Role::Journal).await.pg_options();
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    let none = "null, null, null, null, null, null, null, null, null, null, null, null, null, null";
    let resume = format!("select journal.resume('{}', 0, {none}, null)", TenantId::PLATFORM.uuid());
    for (before, refused) in [
        ("begin; set local gw.tenants = '{}'", Some("25001")),
        ("rollback", None),
        ("begin isolation level repeatable read; set local gw.tenants = ''", Some("25000")),
        ("rollback", None),
    ] {
        connection.execute(sqlx::raw_sql(before)).await.unwrap();
        let answer = connection.execute(sqlx::AssertSqlSafe(resume.clone())).await;
        let code =
            answer.err().map(|e| e.as_database_error().unwrap().code().unwrap().into_owned());
        assert_eq!(code.as_deref(), refused, "{before}");
    }
}

/// Two replicas go on with one log, each of which believes now and then that it is alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_go_on_with_one_log_do_not_fork_it() {
    let (world, tenant) = under_way().await;
    let world = Arc::new(world);
    let replica = Arc::new(world.replica().await);
    let callers = (0..16).map(|caller| {
        let world = Arc::clone(if caller % 8 == 0 { &replica } else { &world });
        tokio::spawn(async move {
            for _ in 0..40 {
                let recorded = world.ask(question(tenant)).await.unwrap();
                recorded.receipt.verify(&recorded.body, &[world.verifier(tenant)]).unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    assert_eq!(world.count(tenant).await, 643);
    world.assert_sound(tenant).await;
    let flights = flights(&world, tenant).await;
    assert!(flights.iter().any(|one| *one) && flights.iter().any(|one| !*one));
}
