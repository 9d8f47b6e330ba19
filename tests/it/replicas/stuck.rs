//! A transaction that holds one tenant's head, and goes nowhere.

use std::time::{Duration, Instant};

use futures::future::join_all;
use gw_kernel::TenantId;
use serde_json::json;

use super::{Customer, Pair, door::Door};

/// How long the head is held.
const STUCK: Duration = Duration::from_secs(5);
/// How long the others are watched before and after, with nothing in their way.
const CALM: Duration = Duration::from_millis(2_500);
/// What the scheduler of a busy machine may add, and waiting for somebody's head does not fit in:
/// its caller gives up after two seconds, a lane that waited for it after a quarter of one each.
const NOISE: Duration = Duration::from_millis(200);

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_held_for_five_seconds_stops_its_own_tenant_only() {
    let pair = Pair::start().await;
    let mut customers = Vec::new();
    for customer in Customer::many(&pair, 7).await {
        let (token, _) = customer.mint(&Door::to(&pair.first), json!({})).await;
        customers.push((customer, token));
    }
    let (stuck, others) = customers.split_first().unwrap();
    let (first, second) = (pair.doors()[0].clone(), pair.doors()[1].clone());
    for door in [&first, &second] {
        assert!(door.check(&stuck.0, &stuck.1, "read_it").await.unwrap().allows());
    }

    let mut calm = watch(&pair, others, CALM).await;
    let mut holder = pair.database.owner().await.begin().await.unwrap();
    sqlx::query("select from journal.heads where tenant_id = $1 for update")
        .bind(stuck.0.tenant.parse::<TenantId>().unwrap().uuid())
        .execute(&mut *holder)
        .await
        .unwrap();
    let held = async {
        let refused = join_all([&first, &second, &first, &second].map(|door| wait(door, stuck)));
        let refused = refused.await.into_iter().sum::<usize>();
        holder.rollback().await.unwrap();
        refused
    };
    let (mut meanwhile, refused) = tokio::join!(watch(&pair, others, STUCK), held);
    assert!(refused >= 4, "{refused}");
    assert!(wait_for_answer(&first, stuck).await && wait_for_answer(&second, stuck).await);
    calm.extend(watch(&pair, others, CALM).await);

    let (usual, then) = (p99(&mut calm), p99(&mut meanwhile));
    let counts = (calm.len(), meanwhile.len());
    eprintln!("p99 of the others: {usual:?} with nothing stuck, {then:?} meanwhile, of {counts:?}");
    assert!(then <= 3 * usual + NOISE, "{usual:?} became {then:?}");
    pair.end().await;
}

/// Asks for the tenant whose head is held, until it has been for long enough.
async fn wait(door: &Door, (who, token): &(Customer, String)) -> usize {
    let began = Instant::now();
    let mut refused = 0;
    while began.elapsed() < STUCK {
        let said = door.check_within(who, token, "1000").await.unwrap();
        assert_eq!((said.status, said.code()), (503, "check.journal_unavailable"), "{said:?}");
        refused += 1;
    }
    refused
}

/// Whether the tenant is decided for again.
async fn wait_for_answer(door: &Door, (who, token): &(Customer, String)) -> bool {
    door.check(who, token, "read_it").await.unwrap().allows()
}

/// How long each of the others' checks takes, on both processes; every one is answered.
async fn watch(pair: &Pair, others: &[(Customer, String)], long: Duration) -> Vec<Duration> {
    let doors = pair.doors();
    let clients = others.iter().enumerate().map(|(n, (who, token))| {
        let (door, who, token) = (doors[n % 2].clone(), who.clone(), token.clone());
        tokio::spawn(async move {
            let (began, mut took) = (Instant::now(), Vec::new());
            while began.elapsed() < long {
                let asked = Instant::now();
                let said = door.check(&who, &token, "read_it").await.unwrap();
                assert!(said.allows(), "{said:?}");
                took.push(asked.elapsed());
            }
            took
        })
    });
    join_all(clients).await.into_iter().flat_map(Result::unwrap).collect()
}

fn p99(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}
