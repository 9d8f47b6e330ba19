use gw_db::{DbError, Role};
use sqlx::{Connection, PgConnection};

use crate::probe::{bind, connect, identity, sqlstate, tenant, things};

/// What the second tenant can do to the first one's rows: see, change, delete.
async fn reach(conn: &mut PgConnection) -> (i64, u64, u64) {
    let mut tx = conn.begin().await.unwrap();
    let seen = sqlx::query_scalar("select count(*) from probe.things where name = 'theirs'")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    let changed = sqlx::query("update probe.things set name = 'mine' where name = 'theirs'")
        .execute(&mut *tx)
        .await
        .unwrap()
        .rows_affected();
    let deleted = sqlx::query("delete from probe.things").execute(&mut *tx).await.unwrap();
    (seen, changed, deleted.rows_affected())
}

#[tokio::test]
async fn a_foreign_tenants_rows_are_invisible_and_unwritable() {
    let db = gw_testkit::database().await;
    things(&db).await;
    let mut conn = connect(&db, Role::Gates).await;
    bind(&mut conn, tenant(1)).await;
    sqlx::query("insert into probe.things (name) values ('theirs')")
        .execute(&mut conn)
        .await
        .unwrap();
    assert_eq!(reach(&mut conn).await, (1, 1, 1), "its own row");

    bind(&mut conn, tenant(2)).await;
    assert_eq!(reach(&mut conn).await, (0, 0, 0));
    let smuggled = sqlx::query("insert into probe.things (tenant_id, name) values ($1, 'planted')")
        .bind(tenant(1).uuid())
        .execute(&mut conn)
        .await;
    assert_eq!(sqlstate(smuggled), "42501");
    let directory =
        sqlx::query("insert into gw.directory (kind, id, tenant_id) values ('gate', $1, $1)")
            .bind(tenant(1).uuid())
            .execute(&mut conn)
            .await;
    assert_eq!(sqlstate(directory), "42501");

    // And it is the policy that stops it: without one the same reach succeeds.
    let owner = db.owner().await;
    sqlx::raw_sql("alter table probe.things disable row level security")
        .execute(&owner)
        .await
        .unwrap();
    assert_eq!(reach(&mut conn).await, (1, 1, 1), "with the wall down");
}

#[tokio::test]
async fn an_unbound_tenant_is_an_error_and_not_an_empty_list() {
    let db = gw_testkit::database().await;
    things(&db).await;
    let mut conn = connect(&db, Role::Gates).await;
    let count = "select count(*) from probe.things";
    assert_eq!(sqlstate(sqlx::query(count).execute(&mut conn).await), "42704");
    let insert = "insert into probe.things (name) values ('x')";
    assert_eq!(sqlstate(sqlx::query(insert).execute(&mut conn).await), "42704");

    let mut check = connect(&db, Role::Check).await;
    let view = "select count(*) from journal.published_entries";
    assert_eq!(sqlstate(sqlx::query(view).execute(&mut check).await), "42704");
}

#[tokio::test]
async fn anybody_finds_a_public_id_in_the_directory_and_only_its_tenant_puts_it_there() {
    let database = gw_testkit::database().await;
    let db = database.db(Role::Gates).await;
    let id = uuid::Uuid::from_u128(7);
    assert_eq!(db.directory("gate", id).await.unwrap(), None);

    let mut conn = connect(&database, Role::Gates).await;
    bind(&mut conn, tenant(1)).await;
    sqlx::query("insert into gw.directory (kind, id) values ('gate', $1)")
        .bind(id)
        .execute(&mut conn)
        .await
        .unwrap();
    assert_eq!(db.directory("gate", id).await.unwrap(), Some(tenant(1)));
    let moved = sqlx::query("update gw.directory set kind = 'tenant'").execute(&mut conn).await;
    assert_eq!(sqlstate(moved), "42501");
}

#[tokio::test]
async fn what_is_sealed_needs_its_key() {
    let database = gw_testkit::database().await;
    let db = database.db(Role::Gates).await;
    let mut tx = db.tenant(&identity(1)).await.unwrap();
    assert!(matches!(tx.data_key().await, Err(DbError::NoDataKey(t)) if t == tenant(1)));
}
