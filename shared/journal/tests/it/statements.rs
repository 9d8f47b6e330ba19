use gw_db::Role;
use sqlx::{Connection, Executor, PgConnection, SqlSafeStr};

use crate::{decider::question, world::World};

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_prepares_as_the_role_that_runs_it() {
    let db = gw_testkit::database().await;
    let options = db.db(Role::Journal).await.pg_options();
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    let user: String =
        sqlx::query_scalar("select current_user::text").fetch_one(&mut connection).await.unwrap();
    assert_eq!(user, "gw_journal");
    for statement in gw_journal::STATEMENTS {
        if let Err(error) = connection.prepare(statement.into_sql_str()).await {
            panic!("{error} in {statement}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_when_it_is_ready() {
    let world = World::new(1).await;
    world.ask(question(world.tenants[0])).await.unwrap();
    for _ in 0..100 {
        if world.journal.health().ready() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{:?}", world.journal.health());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_plan_scans_a_table_even_when_it_was_made_on_an_empty_one() {
    let db = gw_testkit::database().await;
    let options = db.db(Role::Journal).await.pg_options();
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    connection.execute(gw_journal::SESSION).await.unwrap();
    connection.execute("set gw.tenants = '{}'").await.unwrap();
    let leaf = "'00000000-0000-0000-0000-000000000000', 0";
    let cases = [
        (0, "null::uuid[]"),
        (3, "null, null"),
        (4, "null, null"),
        (8, leaf),
        (10, "null, null"),
        (11, "null, null, null"),
    ];
    for (statement, params) in cases {
        let text = gw_journal::STATEMENTS[statement];
        let sql = format!("prepare p{statement} as {text}");
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        let explain = format!("explain execute p{statement} ({params})");
        let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(explain))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains("Index"), "{plan}");
        for costly in ["Seq Scan", "Bitmap", "Sort"] {
            assert!(!plan.contains(costly), "{costly} in {plan}");
        }
    }
}

/// A plan is made once for each connection, when its log may have been empty. Whatever it was made
/// on, it reads as much of a log of 5,000 batches as of one of ten.
#[tokio::test(flavor = "multi_thread")]
async fn finding_the_newest_batch_costs_the_same_however_many_there_are() {
    let db = gw_testkit::database().await;
    let options = db.db(Role::Journal).await.pg_options();
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    connection.execute(gw_journal::SESSION).await.unwrap();
    let tenant = "01a22201-e289-7da2-ba4d-2c1177aeaaa3";
    let bind = format!("set gw.tenants = '{{{tenant}}}'");
    connection.execute(sqlx::AssertSqlSafe(bind)).await.unwrap();
    let prepare = format!("prepare newest as {}", gw_journal::STATEMENTS[3]);
    connection.execute(sqlx::AssertSqlSafe(prepare)).await.unwrap();
    let mut touched = Vec::new();
    for (from, to) in [(0, 9), (10, 4999)] {
        let fill = format!(
            "insert into journal.batches (tenant_id, prev, size, epoch, at, frontier)
             select '{tenant}', n, n + 1, 0, now(),
                 decode(repeat('00', 32 * bit_count((n + 1)::bigint::bit(64))::int), 'hex')
             from generate_series({from}, {to}) n"
        );
        connection.execute(sqlx::AssertSqlSafe(fill)).await.unwrap();
        let explain = format!(
            "explain (analyze, buffers, format json) execute newest ('{{{tenant}}}', '{{0}}')"
        );
        let plan: serde_json::Value = sqlx::query_scalar(sqlx::AssertSqlSafe(explain))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        touched.push(plan[0]["Plan"]["Shared Hit Blocks"].as_i64().unwrap());
    }
    assert!(touched[1] <= touched[0] + 8, "{touched:?}");
}

/// Who may hold a head, and for how long after the host has vanished.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_durable_and_lets_go() {
    let db = gw_testkit::database().await;
    let options = db.db(Role::Journal).await.pg_options();
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    connection.execute(gw_journal::SESSION).await.unwrap();
    let expected = [
        ("synchronous_commit", "on"),
        ("lock_timeout", "250ms"),
        ("statement_timeout", "0"),
        ("idle_in_transaction_session_timeout", "1s"),
        ("tcp_user_timeout", "1500"),
        ("tcp_keepalives_idle", "1"),
        ("tcp_keepalives_interval", "1"),
        ("tcp_keepalives_count", "2"),
    ];
    for (name, value) in expected {
        let set: String = sqlx::query_scalar("select current_setting($1)")
            .bind(name)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(set, value, "{name}");
    }
}
