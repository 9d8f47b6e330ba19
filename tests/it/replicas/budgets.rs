//! A budget is one number, whoever counts: two processes, one of which is killed in the middle.

use std::sync::{
    Arc, RwLock,
    atomic::{AtomicUsize, Ordering},
};

use futures::future::join_all;
use gw_credentials::capability::{NewCaveat, attenuate};
use gw_db::Role;
use serde_json::json;

use super::{Customer, Pair, door::Door, ledger::Ledger};
use crate::tamper::reader;

const BUDGET: usize = 10_000;
const CLIENTS: usize = 64;

/// What the clients have heard so far.
#[derive(Default)]
struct Heard {
    allowed: AtomicUsize,
    /// Nothing was heard: the decision may have been recorded.
    unknown: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_of_ten_thousand_is_exactly_that_though_a_process_is_killed() {
    let mut pair = Pair::start().await;
    let who = Customer::many(&pair, 1).await.remove(0);
    let doors = Arc::new(RwLock::new(pair.doors()));
    let budget = i64::try_from(BUDGET).unwrap();
    let (token, _) = who.mint(&pair.doors()[0], json!({ "max_calls": budget })).await;
    let heard = Arc::new(Heard::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let (doors, who) = (Arc::clone(&doors), who.clone());
            let (token, heard) = (token.clone(), Arc::clone(&heard));
            tokio::spawn(async move { spend(&doors, n, &who, &token, &heard).await })
        })
        .collect();

    while heard.allowed.load(Ordering::Relaxed) < BUDGET / 2 {
        assert!(clients.iter().any(|client| !client.is_finished()), "the budget ran out early");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    pair.second.crash_and_restart().await;
    doors.write().unwrap()[1] = Door::to(&pair.second);
    join_all(clients).await.into_iter().for_each(Result::unwrap);

    let recorded = Ledger::read(pair.database.url(), &who).await.allowed();
    assert_eq!(recorded, BUDGET);
    let [allowed, unknown] =
        [&heard.allowed, &heard.unknown].map(|count| count.load(Ordering::Relaxed));
    eprintln!("{allowed} of {BUDGET} were answered, {unknown} were not heard of");
    assert!(allowed <= recorded && recorded <= allowed + unknown, "{allowed} + {unknown}");
    let db = reader(&pair.database, &pair.first, Role::Check).await;
    let tenant = who.tenant.parse().unwrap();
    gw_audit::verify(&db, tenant, None, Vec::new(), &mut |_| {}).await.unwrap();
    pair.end().await;
}

/// Takes from the budget, by turns on both processes, until it is used up.
async fn spend(
    doors: &RwLock<[Door; 2]>,
    client: usize,
    who: &Customer,
    token: &str,
    heard: &Heard,
) {
    for n in client.. {
        let door = doors.read().unwrap()[n % 2].clone();
        match door.check(who, token, "read_it").await {
            Ok(said) if said.allows() => {
                let before = heard.allowed.fetch_add(1, Ordering::Relaxed);
                assert!(before < BUDGET, "more than there was");
            }
            Ok(said) => {
                assert_eq!(said.code(), "budget.calls", "{said:?}");
                return;
            }
            // Nobody listens: nothing was asked.
            Err(error) if error.is_connect() => tokio::task::yield_now().await,
            Err(_) => {
                heard.unknown.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_and_its_children_share_one_budget_on_both_processes() {
    let pair = Pair::start().await;
    let who = Customer::many(&pair, 1).await.remove(0);
    let doors = pair.doors();
    let (parent, _) = who.mint(&doors[0], json!({ "max_calls": 100 })).await;
    let child = |calls| attenuate(&parent, &[NewCaveat::MaxCalls(calls)]).unwrap();
    let tokens = [child(60), child(70), parent.clone()];
    let asked = (0..600).map(|n| {
        let (door, who, token) = (doors[n % 2].clone(), who.clone(), tokens[n % 3].clone());
        let action = format!("read_{}", n % 3);
        tokio::spawn(async move { door.check(&who, &token, &action).await.unwrap() })
    });
    let mut allowed = [0; 3];
    for (n, said) in join_all(asked).await.into_iter().map(Result::unwrap).enumerate() {
        assert!(said.allows() || said.code() == "budget.calls", "{said:?}");
        allowed[n % 3] += usize::from(said.allows());
    }
    assert_eq!(allowed.iter().sum::<usize>(), 100, "{allowed:?}");
    assert!(allowed[0] <= 60 && allowed[1] <= 70, "{allowed:?}");
    let ledger = Ledger::read(pair.database.url(), &who).await;
    assert_eq!(ledger.allowed(), 100);
    pair.end().await;
}
