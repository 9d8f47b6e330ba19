//! One process's connections are cut around COMMIT, before it is sent and after.

use serde_json::json;

use super::{
    Customer, Pair,
    cutter::through_a_cutter,
    door::{Door, check},
    retrying::{Callers, reconcile},
};
use crate::server::Server;

const CUTS: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn fifty_connections_cut_around_commit_leave_no_doubt_but_what_callers_were_told() {
    let database = gw_testkit::database().await;
    let first = Server::start(database.url()).await;
    let (url, cuts) = through_a_cutter(database.url()).await;
    let second = first.beside(&[("GATEWRIGHT__DATABASE__URL", &url)]).await;
    let pair = Pair { first, second, database };
    let mut customers = Vec::new();
    for customer in Customer::many(&pair, 4).await {
        let (token, _) = customer.mint(&Door::to(&pair.first), json!({})).await;
        customers.push((customer, token));
    }

    // Loads end in a commit as well; what is cut is to be lanes'.
    for (customer, token) in &customers {
        let mut known = check(token, "read_it");
        known["dry_run"] = true.into();
        let door = Door::to(&pair.second);
        let said = door.check_with(customer, &customer.key, known).await.unwrap();
        assert_eq!(said.status, 200, "{said:?}");
    }

    let callers = Callers::start(&pair.doors(), &customers, 8);
    for made in 0..CUTS {
        callers.go_on(10).await;
        cuts.one_more();
        while cuts.made() == made {
            callers.go_on(1).await;
        }
    }
    callers.go_on(100).await;
    let stories = callers.stop().await;
    let (told, written) = reconcile(pair.database.url(), &customers, &stories).await;
    eprintln!("{} answers, {told} outcomes unknown, {written} of them recorded", stories.len());
    assert!(written > 0, "a commit that arrived, and whose answer did not, was never met");
    assert!(told > written, "a commit that did not arrive was never met");
    pair.end().await;
}
