use gw_crypto::merkle::{Batch, Frontier, leaf_hash};
use gw_db::Role;
use gw_kernel::TenantId;
use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, TestRunner},
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::probe::{bind, connect, sqlstate, tenant};

const APPEND: &str = "select journal.append(array(
    select row (id, 'probe.v1', null, moves_epoch, body)::journal.new_entry
    from unnest($1::uuid[], $2::boolean[], $3::bytea[]) with ordinality
        as given (id, moves_epoch, body, position)
    order by position))";

/// One entry: whether it moves the epoch, and its bytes.
type Given = (bool, Vec<u8>);

async fn append(conn: &mut PgConnection, entries: &[Given]) -> Result<i64, sqlx::Error> {
    let ids: Vec<Uuid> = entries.iter().map(|_| Uuid::from_u128(rand::random())).collect();
    let moves: Vec<bool> = entries.iter().map(|(moves, _)| *moves).collect();
    let bodies: Vec<&[u8]> = entries.iter().map(|(_, body)| body.as_slice()).collect();
    sqlx::query_scalar(APPEND).bind(ids).bind(moves).bind(bodies).fetch_one(conn).await
}

#[test]
fn postgres_and_rust_agree_on_every_frontier_and_root() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let conns = runtime.block_on(async {
        let db = gw_testkit::database().await;
        tokio::sync::Mutex::new((connect(&db, Role::Gates).await, connect(&db, Role::Check).await))
    });
    let logs = vec(vec((any::<bool>(), vec(any::<u8>(), 2..300)), 1..12), 1..12);
    let mut runner =
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(48) });
    let agree = runner.run(&logs, |batches| {
        runtime.block_on(async {
            let (writer, reader) = &mut *conns.lock().await;
            compare(writer, reader, tenant(rand::random::<u64>().into()), &batches).await;
        });
        Ok(())
    });
    agree.unwrap();
}

async fn compare(
    writer: &mut PgConnection,
    reader: &mut PgConnection,
    tenant: TenantId,
    batches: &[Vec<Given>],
) {
    bind(writer, tenant).await;
    bind(reader, tenant).await;
    let (mut frontier, mut epoch) = (Frontier::empty(), 0_i64);
    for entries in batches {
        let prev = i64::try_from(frontier.size()).unwrap();
        let leaves = entries.iter().map(|(_, body)| leaf_hash(body)).collect();
        let batch = Batch::new(frontier, leaves);
        frontier = batch.after();
        for (at, _) in (prev + 1..).zip(entries).filter(|(_, (moves, _))| *moves) {
            epoch = at;
        }

        assert_eq!(append(writer, entries).await.unwrap(), epoch);
        let stored: (i64, i64, Vec<u8>) = sqlx::query_as(
            "select size, epoch, frontier from journal.published_batches where prev = $1",
        )
        .bind(prev)
        .fetch_one(&mut *reader)
        .await
        .unwrap();
        let size = i64::try_from(frontier.size()).unwrap();
        assert_eq!(stored, (size, epoch, frontier.to_bytes()));
        let read = Frontier::from_parts(frontier.size(), &stored.2).unwrap();
        assert_eq!(read.root(), batch.root());
    }
    let hashes: Vec<Vec<u8>> =
        sqlx::query_scalar("select hash from journal.published_entries order by idx")
            .fetch_all(reader)
            .await
            .unwrap();
    let expected: Vec<Vec<u8>> =
        batches.iter().flatten().map(|(_, body)| leaf_hash(body).to_vec()).collect();
    assert_eq!(hashes, expected);
}

#[tokio::test]
async fn append_refuses_a_snapshot_older_than_the_lock() {
    let db = gw_testkit::database().await;
    let mut conn = connect(&db, Role::Gates).await;
    bind(&mut conn, tenant(1)).await;
    for level in ["repeatable read", "serializable"] {
        let begin = format!("begin isolation level {level}");
        let mut tx = conn.begin_with(sqlx::AssertSqlSafe(begin)).await.unwrap();
        assert_eq!(sqlstate(append(&mut tx, &[(true, b"{}".to_vec())]).await), "25000");
    }
}

#[tokio::test]
async fn append_refuses_an_unbound_tenant_and_an_empty_batch() {
    let db = gw_testkit::database().await;
    let mut conn = connect(&db, Role::Gates).await;
    assert_eq!(sqlstate(append(&mut conn, &[(true, b"{}".to_vec())]).await), "42704");
    bind(&mut conn, tenant(1)).await;
    assert_eq!(sqlstate(append(&mut conn, &[]).await), "22023");
    // Neither left anything behind.
    assert_eq!(append(&mut conn, &[(true, b"{}".to_vec())]).await.unwrap(), 1);
}

#[tokio::test]
async fn a_log_whose_last_transaction_ended_is_unbound_again() {
    let db = gw_testkit::database().await;
    let mut conn = connect(&db, Role::Gates).await;
    let mut tx = conn.begin().await.unwrap();
    sqlx::query("select set_config('gw.tenant_id', $1, true)")
        .bind(tenant(1).uuid().to_string())
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // The setting is the empty string now, not absent: still an error.
    assert_eq!(sqlstate(append(&mut conn, &[(true, b"{}".to_vec())]).await), "22P02");
}

#[tokio::test]
async fn the_batch_clock_never_goes_back() {
    let db = gw_testkit::database().await;
    let ahead = "insert into journal.batches (tenant_id, prev, size, epoch, at, frontier)
        values ($1, 0, 1, 0, clock_timestamp() + interval '20 seconds', decode(repeat('ab', 32), 'hex'))";
    let owner = db.owner().await;
    sqlx::query(ahead).bind(tenant(1).uuid()).execute(&owner).await.unwrap();
    let mut conn = connect(&db, Role::Gates).await;
    bind(&mut conn, tenant(1)).await;
    append(&mut conn, &[(false, b"{}".to_vec())]).await.unwrap();
    let times: i64 = sqlx::query_scalar("select count(distinct at) from journal.batches")
        .fetch_one(&owner)
        .await
        .unwrap();
    assert_eq!(times, 1);
}
