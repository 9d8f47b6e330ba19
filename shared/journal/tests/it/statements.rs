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
    let leaf = "'00000000-0000-0000-0000-000000000000', 0, current_date";
    let (uses, forget) = ((8, "null, null"), (9, "null, null, null"));
    let cases = [
        (0, "null::uuid[]"),
        (3, "null, null"),
        (4, "null, null"),
        (6, leaf),
        uses,
        forget,
        (10, ""),
    ];
    for (statement, params) in cases {
        let text = gw_journal::STATEMENTS[statement];
        let sql = format!("prepare p{statement} as {text}");
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        let params = if params.is_empty() { String::new() } else { format!("({params})") };
        let explain = format!("explain execute p{statement} {params}");
        let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(explain))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains("Index"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
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
