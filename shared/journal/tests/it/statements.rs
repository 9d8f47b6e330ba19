use gw_db::Role;
use sqlx::{Connection, Executor, PgConnection, SqlSafeStr};

use crate::world::World;

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
    world.ask(crate::world::question(world.tenants[0])).await.unwrap();
    for _ in 0..100 {
        if world.journal.health().ready() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{:?}", world.journal.health());
}
