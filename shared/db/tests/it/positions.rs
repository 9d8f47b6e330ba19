use futures::future::join_all;
use gw_db::{DatabaseConfig, Db, Role};
use gw_kernel::Clock;
use std::sync::Arc;

use crate::probe::{Mentioned, Noted, bind, connect, identity, tenant};

/// Nobody hands out a position that somebody else has, and nobody who gives up leaves a hole.
#[tokio::test(flavor = "multi_thread")]
async fn positions_are_gapless_under_32_writers_that_sometimes_give_up() {
    let database = gw_testkit::database().await;
    let config = DatabaseConfig { max_connections: 40, ..database.config() };
    let clock: Arc<dyn Clock> = database.clock.clone();
    let db = Db::connect(&config, Role::Gates, database.root_key.clone(), clock).await.unwrap();

    let committed: u32 = join_all((0..32).map(|n| tokio::spawn(writes(db.clone(), n))))
        .await
        .into_iter()
        .map(Result::unwrap)
        .sum();

    let owner = database.owner().await;
    let positions: Vec<i64> = sqlx::query_scalar("select idx from journal.entries order by idx")
        .fetch_all(&owner)
        .await
        .unwrap();
    assert!(committed > 100, "only {committed} were committed");
    assert_eq!(positions, (0..i64::from(committed)).collect::<Vec<_>>());
    let torn: i64 = sqlx::query_scalar(
        "select count(*) from (
             select prev <> lag(size, 1, 0::bigint) over (order by prev) as torn,
                    at < lag(at) over (order by prev) as back
             from journal.batches) as b
         where torn or back",
    )
    .fetch_one(&owner)
    .await
    .unwrap();
    assert_eq!(torn, 0);
}

/// Half of the transactions are given up: some before they append, some after.
async fn writes(db: Db, n: u32) -> u32 {
    let mut committed = 0;
    for round in 0..12 {
        match rand::random_range(0..4) {
            0 => {
                let mut tx = db.tenant(&identity(1)).await.unwrap();
                tx.record(Noted(n)).unwrap();
            }
            1 => append_and_give_up(&db).await,
            _ => {
                let mut tx = db.tenant(&identity(1)).await.unwrap();
                tx.record(Noted(n)).unwrap();
                tx.record(Mentioned(round)).unwrap();
                tx.commit().await.unwrap();
                committed += 2;
            }
        }
    }
    committed
}

async fn append_and_give_up(db: &Db) {
    let mut tx = db.tenant(&identity(1)).await.unwrap();
    sqlx::query(
        "select journal.append(array[row (gen_random_uuid(), 'x', null, true, '{}')::journal.new_entry])",
    )
    .execute(tx.conn())
    .await
    .unwrap();
}

#[tokio::test]
async fn the_lanes_see_the_tenants_they_are_bound_to_and_no_other() {
    let database = gw_testkit::database().await;
    for n in [1, 2, 3] {
        let mut tx = database.db(Role::Gates).await.tenant(&identity(n)).await.unwrap();
        tx.record(Noted(0)).unwrap();
        tx.commit().await.unwrap();
    }
    let mut lane = connect(&database, Role::Journal).await;
    let heads = "select tenant_id from journal.heads order by tenant_id for update skip locked";
    let unbound = sqlx::query_scalar::<_, uuid::Uuid>(heads).fetch_all(&mut lane).await;
    assert_eq!(crate::probe::sqlstate(unbound), "42704");
    // What binds an administrative transaction opens nothing here.
    bind(&mut lane, tenant(3)).await;
    sqlx::query("select set_config('gw.tenants', $1::uuid[]::text, false)")
        .bind(vec![tenant(1).uuid(), tenant(2).uuid()])
        .execute(&mut lane)
        .await
        .unwrap();
    let seen: Vec<uuid::Uuid> = sqlx::query_scalar(heads).fetch_all(&mut lane).await.unwrap();
    assert_eq!(seen, [tenant(1).uuid(), tenant(2).uuid()]);
}
