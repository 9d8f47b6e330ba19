//! Backends of both processes' lanes are terminated under load: nothing is lost, and nothing is
//! there that nobody was told of.

use gw_testkit::FaultServer;
use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::{
    Customer, no_deadlocks,
    retrying::{Callers, reconcile},
};
use crate::{replicas::door::Door, server::Server};

const TERMINATIONS: usize = 50;
const TENANTS: usize = 4;

/// A commit takes 20 ms, so that most backends are terminated within one.
const SLOW_COMMIT: [(&str, &str); 2] = [("commit_delay", "20000"), ("commit_siblings", "0")];

const TERMINATE_ONE: &str = "select coalesce(bool_or(pg_terminate_backend(pid)), false)
    from (select pid from pg_stat_activity
          where application_name = 'gatewright-journal' and datname = current_database()
          order by state = 'active' desc, random() limit 1) lane";

#[tokio::test(flavor = "multi_thread")]
async fn fifty_terminated_backends_lose_nothing_and_double_nothing() {
    let postgres: FaultServer = gw_testkit::fault_server("terminated", &SLOW_COMMIT);
    let mut first = Server::start(postgres.url()).await;
    let mut second = first.beside(&[]).await;
    let doors = [&first, &second].map(Door::to);
    let mut customers = Vec::new();
    for n in 0..TENANTS {
        let platform = &first.ready.platform_key;
        let customer = Customer::make(&doors[0], platform, &format!("tenant {n}")).await;
        let (token, _) = customer.mint(&doors[0], json!({})).await;
        customers.push((customer, token));
    }

    let callers = Callers::start(&doors, &customers, 8);
    let mut killer = PgConnection::connect(postgres.url()).await.unwrap();
    let mut terminated = 0;
    while terminated < TERMINATIONS {
        callers.go_on(20).await;
        let hit: bool = sqlx::query_scalar(TERMINATE_ONE).fetch_one(&mut killer).await.unwrap();
        terminated += usize::from(hit);
    }
    callers.go_on(200).await;
    let stories = callers.stop().await;
    let (told, written) = reconcile(postgres.url(), &customers, &stories).await;
    eprintln!("{} answers, {told} outcomes unknown, {written} of them recorded", stories.len());
    assert_eq!((first.terminate(), second.terminate()), (Some(0), Some(0)));
    no_deadlocks(postgres.url()).await;
    postgres.stop();
}
