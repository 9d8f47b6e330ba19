//! What happens when a commit does not come back: on a server whose standby never answers.

use std::time::Duration;

use gw_db::DatabaseConfig;
use gw_journal::SubmitError;
use gw_testkit::fault_server;

use crate::{
    decider::{Question, question},
    owner::Owner,
    world::World,
};

const WAIT: &str = "alter system set synchronous_standby_names = 'nobody'";
const GO_ON: &str = "alter system reset synchronous_standby_names";
const RELOAD: &str = "select pg_reload_conf()";
const CANCEL: &str = "select pg_cancel_backend(pid) from pg_stat_activity
    where wait_event = 'SyncRep'";
const END: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where wait_event = 'SyncRep'";

async fn set(owner: &Owner, sql: &'static str) {
    owner.run(sql).await;
    owner.run(RELOAD).await;
    // Backends take the new value at their next statement; give the signal time to reach them.
    tokio::time::sleep(Duration::from_millis(200)).await;
}

/// How often a log was gone on with before: the next batch takes two flights, or one.
const BEFORE: [u64; 2] = [1, 3];

async fn world(name: &str, patience: Duration, before: u64) -> (World, gw_testkit::FaultServer) {
    let server = fault_server(name, &[]);
    gw_db::migrate(&server.url().into(), |_| {}).await.unwrap();
    let config = DatabaseConfig {
        url: Some(server.url().into()),
        shared_login: true,
        ..DatabaseConfig::default()
    };
    let world = World::at(&config, 1, |options| options.commit_timeout = patience).await;
    for index in 0..before {
        assert_eq!(world.ask(question(world.tenants[0])).await.unwrap().index, index);
    }
    (world, server)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_does_not_come_back_is_neither_cancelled_nor_repeated() {
    for before in BEFORE {
        let (world, server) = world("silent", Duration::from_millis(500), before).await;
        let tenant = world.tenants[0];
        set(&world.owner, WAIT).await;
        assert_eq!(world.ask(question(tenant)).await.unwrap_err(), SubmitError::OutcomeUnknown);
        let soon = Duration::from_millis(600);
        let answer = world.ask_within(question(tenant), soon, None).await;
        assert_eq!(
            answer.unwrap_err(),
            SubmitError::JournalUnavailable,
            "the old backend has the head"
        );
        set(&world.owner, GO_ON).await;
        let recorded = world.ask(question(tenant)).await.unwrap();
        assert_eq!(recorded.index, before + 1, "the commit happened, once");
        assert_eq!(world.count(tenant).await, i64::try_from(before).unwrap() + 2);
        world.assert_sound(tenant).await;
        drop(world);
        server.stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_again_with_its_key_hears_of_the_commit_that_did_not_come_back() {
    let (world, server) = world("again", Duration::from_millis(500), 1).await;
    let tenant = world.tenants[0];
    let ask = || Question { key: Some(("key".to_owned(), 1)), ..question(tenant) };
    set(&world.owner, WAIT).await;
    assert_eq!(world.ask_keyed(ask()).await, Err(SubmitError::OutcomeUnknown));
    set(&world.owner, GO_ON).await;
    assert_eq!(world.ask_keyed(ask()).await, Ok((1, true)));
    let restarted = world.replica().await;
    assert_eq!(restarted.ask_keyed(ask()).await, Ok((1, true)));
    assert_eq!(world.count(tenant).await, 2);
    drop((world, restarted));
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_the_server_warns_about_is_not_a_success() {
    for before in BEFORE {
        let (world, server) = world("warns", Duration::from_secs(5), before).await;
        let tenant = world.tenants[0];
        set(&world.owner, WAIT).await;
        let cancel = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            world.owner.run(CANCEL).await;
        };
        let (answer, ()) = tokio::join!(world.ask(question(tenant)), cancel);
        assert_eq!(answer.unwrap_err(), SubmitError::OutcomeUnknown);
        set(&world.owner, GO_ON).await;
        assert_eq!(world.ask(question(tenant)).await.unwrap().index, before + 1);
        drop(world);
        server.stop();
    }
}

/// It is on disk here, and nobody hears of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_ends_while_it_commits_is_not_tried_again() {
    for before in BEFORE {
        let (world, server) = world("ended", Duration::from_secs(5), before).await;
        let tenant = world.tenants[0];
        set(&world.owner, WAIT).await;
        let end = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            world.owner.run(END).await;
            set(&world.owner, GO_ON).await;
        };
        let (answer, ()) = tokio::join!(world.ask(question(tenant)), end);
        assert_eq!(answer.unwrap_err(), SubmitError::OutcomeUnknown);
        assert_eq!(world.ask(question(tenant)).await.unwrap().index, before + 1);
        world.assert_sound(tenant).await;
        drop(world);
        server.stop();
    }
}
