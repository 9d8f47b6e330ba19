use gw_db::Role;
use gw_testkit::Database;

use crate::probe::{Noted, connect, identity, sqlstate, tenant};

async fn record(database: &Database) {
    let mut tx = database.db(Role::Gates).await.tenant(&identity(1)).await.unwrap();
    tx.record(Noted(1)).unwrap();
    tx.commit().await.unwrap();
}

async fn count(database: &Database, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&database.owner().await).await.unwrap()
}

/// Makes days as the journal does, in its role.
async fn ensure(database: &Database, ahead: i32) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar("select journal.ensure_days($1)")
        .bind(ahead)
        .fetch_one(&mut connect(database, Role::Journal).await)
        .await
}

/// The batch's clock decides the day, not the transaction's beginning and not the caller's zone.
#[tokio::test]
async fn a_log_goes_on_over_midnight() {
    let database = gw_testkit::database().await;
    let owner = database.owner().await;
    // The newest batch was one microsecond before midnight, and the next one is after it.
    let last_of_today = "insert into journal.batches (tenant_id, prev, size, epoch, at, frontier)
        values ($1, 0, 1, 0,
                (date_trunc('day', now() at time zone 'UTC') + interval '1 day') at time zone 'UTC'
                    + make_interval(secs => $2),
                decode(repeat('ab', 32), 'hex'))";
    for (n, seconds) in [(1, -0.000_001), (2, 0.0)] {
        sqlx::query(last_of_today)
            .bind(tenant(n).uuid())
            .bind(seconds)
            .execute(&owner)
            .await
            .unwrap();
        let mut tx = database.db(Role::Gates).await.tenant(&identity(n)).await.unwrap();
        sqlx::query("set local time zone 'Pacific/Auckland'").execute(tx.conn()).await.unwrap();
        tx.record(Noted(1)).unwrap();
        tx.commit().await.unwrap();
    }
    let days: Vec<i32> = sqlx::query_scalar(
        "select day - (now() at time zone 'UTC')::date from journal.entries
         where idx = 1 order by tenant_id",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    assert_eq!(days, [0, 1]);
    let apart = "select count(distinct tableoid) from journal.entries";
    assert_eq!(count(&database, apart).await, 2, "each in its own partition");
}

#[tokio::test]
async fn a_day_is_attached_while_an_append_is_under_way() {
    let database = gw_testkit::database().await;
    let mut under_way = database.db(Role::Gates).await.tenant(&identity(1)).await.unwrap();
    sqlx::query(
        "select journal.append(array[row (gen_random_uuid(), 'x', null, true, '{}')::journal.new_entry])",
    )
    .execute(under_way.conn())
    .await
    .unwrap();

    assert_eq!(ensure(&database, 7).await.unwrap(), 0, "the migrations made these");
    assert_eq!(ensure(&database, 9).await.unwrap(), 2);
    assert_eq!(ensure(&database, 9).await.unwrap(), 0);
    assert!(ensure(&database, 367).await.is_err());
    drop(under_way);

    // A partition made later is like those made first.
    let shapes = "select count(distinct (
            select string_agg(replace(pg_get_indexdef(i.indexrelid), c.relname, ''), ';' order by
                       replace(pg_get_indexdef(i.indexrelid), c.relname, ''))
            from pg_index i where i.indrelid = c.oid))
        from pg_class c where relispartition and relkind = 'r'";
    assert_eq!(count(&database, shapes).await, 1);
    let external = "select count(distinct attstorage) from pg_attribute
        where attname = 'body' and attrelid in (
            select oid from pg_class where relname like 'entries%' and relkind in ('r', 'p'))";
    assert_eq!(count(&database, external).await, 1);
}

#[tokio::test]
async fn without_a_partition_nothing_is_appended() {
    let database = gw_testkit::database().await;
    let owner = database.owner().await;
    record(&database).await;
    let drop_all = "do $$ declare part regclass; begin
        for part in select inhrelid from pg_inherits
                    where inhparent = 'journal.entries'::regclass loop
            execute format('drop table %s', part);
        end loop; end $$";
    sqlx::raw_sql(drop_all).execute(&owner).await.unwrap();
    let mut tx = database.db(Role::Gates).await.tenant(&identity(1)).await.unwrap();
    tx.record(Noted(2)).unwrap();
    assert_eq!(tx.commit().await.unwrap_err().sqlstate().as_deref(), Some("23514"));
    assert_eq!(count(&database, "select max(size) from journal.batches").await, 1);
    ensure(&database, 1).await.unwrap();
    record(&database).await;
}

#[tokio::test]
async fn only_the_journal_makes_days() {
    let database = gw_testkit::database().await;
    for role in Role::ALL {
        let made = sqlx::query("select journal.ensure_days(1)")
            .execute(&mut connect(&database, role).await)
            .await;
        match role {
            Role::Journal => assert!(made.is_ok()),
            _ => assert_eq!(sqlstate(made), "42501", "{role}"),
        }
    }
}
