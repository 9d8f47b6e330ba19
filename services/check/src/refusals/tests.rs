use chrono::{DateTime, TimeDelta, Utc};
use gw_db::Role;
use gw_kernel::{ApiKeyId, Clock as _, Id, TenantId};
use gw_testkit::Database;

use super::{
    Source,
    ledger::{Batch, Ledger},
    record::record,
};

fn key(number: u8) -> Source {
    Source::Key(ApiKeyId::at(DateTime::UNIX_EPOCH, [number; 10]))
}

fn tenant(number: u8) -> TenantId {
    Id::at(DateTime::UNIX_EPOCH, [number; 10])
}

/// One minute of one tenant, with two counts.
fn batch(tenant: TenantId, now: DateTime<Utc>) -> Batch {
    let mut ledger = Ledger::new("00".to_owned(), now);
    for code in ["gate.not_found", "caller.forbidden"] {
        ledger.count(tenant, key(1), code, now);
    }
    ledger.close(&mut rand::rng());
    ledger.take(now, &mut rand::rng()).pop().unwrap()
}

async fn entries(db: &Database) -> i64 {
    let count = sqlx::query_scalar("select count(*) from journal.entries");
    count.fetch_one(&db.owner().await).await.unwrap()
}

/// As after an append whose commit was not seen: it did commit, or it did not.
#[tokio::test]
async fn what_may_have_been_recorded_is_recorded_once() {
    let db = gw_testkit::database().await;
    let tenant = db.tenant("acme").await.id;
    let check = db.db(Role::Check).await;
    let mut seen = batch(tenant, db.clock.now());
    assert!(record(&check, &mut seen).await.is_ok());
    assert!(seen.doubtful, "until it is forgotten");
    assert!(record(&check, &mut seen).await.is_ok());
    assert_eq!(entries(&db).await, 2);

    let mut lost = batch(tenant, db.clock.now());
    lost.doubtful = true;
    assert!(record(&check, &mut lost).await.is_ok());
    assert_eq!(entries(&db).await, 4);
}

#[test]
fn a_minute_that_is_over_is_never_opened_again() {
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let mut ledger = Ledger::new("00".to_owned(), now);
    assert!(ledger.take(now, &mut rand::rng()).is_empty());
    ledger.count(tenant(1), key(1), "gate.not_found", now);
    let next = now + TimeDelta::minutes(1);
    ledger.count(tenant(1), key(1), "gate.not_found", next);
    // The clock is put back by an hour.
    ledger.count(tenant(1), key(1), "gate.not_found", next - TimeDelta::hours(1));
    let told: Vec<_> = ledger
        .take(next + TimeDelta::minutes(1), &mut rand::rng())
        .into_iter()
        .map(|batch| (batch.events[0].1.minute, batch.events[0].1.count))
        .collect();
    assert_eq!(told, [(now, 1), (next, 2)]);
}

#[test]
fn what_waits_is_bounded_and_the_oldest_is_forgotten_first() {
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let mut ledger = Ledger::new("00".to_owned(), now);
    let mut forgotten = 0;
    for minute in 0..40 {
        for of in 0..200 {
            for source in 0..64 {
                ledger.count(tenant(of), key(source), "x.y", now + TimeDelta::minutes(minute));
            }
        }
        let over = ledger.take(now + TimeDelta::minutes(minute), &mut rand::rng());
        forgotten += ledger.keep(over);
    }
    let left = ledger.take(now + TimeDelta::minutes(40), &mut rand::rng());
    let rows: usize = left.iter().map(|batch| batch.events.len()).sum();
    let counted: u64 =
        left.iter().flat_map(|batch| &batch.events).map(|(_, event)| event.count).sum();
    assert!(rows <= 32_768 + 8_192 + 200, "{rows}");
    assert_eq!(forgotten + counted, 40 * 200 * 64);
    let newest = left.last().unwrap().events[0].1.minute;
    assert_eq!(newest, now + TimeDelta::minutes(39));
}
