use gw_db::{Role, query};
use sea_query::{Expr, ExprTrait as _, Iden, Order, Query};

use crate::probe::{Noted, identity, things};

#[derive(Iden)]
enum Schema {
    Probe,
}

#[derive(Iden)]
enum Things {
    Table,
    Name,
}

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Row {
    name: String,
}

#[tokio::test]
async fn a_built_query_runs_inside_the_wall_with_its_values_as_parameters() {
    let database = gw_testkit::database().await;
    things(&database).await;
    let db = database.db(Role::Gates).await;
    let mut tx = db.tenant(&identity(1)).await.unwrap();
    sqlx::query("insert into probe.things (name) values ('a'), ('b'), ('it''s')")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.record(Noted(1)).unwrap();
    tx.commit().await.unwrap();

    let mut select = Query::select();
    select.column(Things::Name).from((Schema::Probe, Things::Table));
    let mut named = select.clone();
    named.and_where(Expr::col(Things::Name).eq("it's"));
    select.order_by(Things::Name, Order::Desc).limit(2);

    let mut tx = db.tenant(&identity(1)).await.unwrap();
    let rows = query::fetch_all::<Row>(&mut tx, &select).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["it's", "b"]);
    let found = query::fetch_optional::<Row>(&mut tx, &named).await.unwrap();
    assert_eq!(found, Some(Row { name: "it's".to_owned() }));
    let mut other = db.tenant(&identity(2)).await.unwrap();
    assert_eq!(query::fetch_all::<Row>(&mut other, &select).await.unwrap(), []);
}
