use chrono::{DateTime, Utc};
use gw_db::{
    DbError,
    query::{self, Bound},
};
use gw_kernel::{Count, Cursor, Epoch, PageRequest};
use sea_query::{Expr, ExprTrait, Iden, JoinType, Order, Query, SelectStatement};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::{Change, ChangeActor, ChangeFilter};

#[derive(Iden, Clone, Copy)]
enum Changes {
    #[iden = "c"]
    Table,
    Idx,
    Id,
    Kind,
    Object,
    GateId,
    At,
    Epoch,
    ActorKind,
    ActorId,
    ActorKey,
    Diff,
}

#[derive(Iden, Clone, Copy)]
enum Mentions {
    #[iden = "m"]
    Table,
    Object,
    Idx,
}

#[derive(FromRow)]
struct Row {
    idx: i64,
    id: Uuid,
    kind: String,
    object: String,
    gate_id: Option<Uuid>,
    at: DateTime<Utc>,
    epoch: i64,
    actor_kind: Option<String>,
    actor_id: Option<String>,
    actor_key: Option<String>,
    diff: Value,
}

/// A tenant's administrative entries below a position, newest first; one more than the page holds
/// where there are more.
pub(crate) async fn list(
    tx: &mut impl Bound,
    filter: &ChangeFilter,
    below: Option<i64>,
    page: PageRequest,
) -> Result<Vec<Change>, DbError> {
    let rows: Vec<Row> = query::fetch_all(tx, &select(filter, below, page)).await?;
    Ok(rows.into_iter().map(Change::from).collect())
}

/// How many administrative entries the filter lets through.
pub(crate) async fn count(tx: &mut impl Bound, filter: &ChangeFilter) -> Result<Count, DbError> {
    let mut ids = Query::select();
    query::count(tx, narrow(ids.column((Changes::Table, Changes::Idx)), filter)).await
}

/// The position of the entry that a cursor names.
pub(crate) async fn place(tx: &mut impl Bound, cursor: Cursor) -> Result<Option<i64>, DbError> {
    let place = sqlx::query_scalar!("select idx from audit.changes where id = $1", cursor.0);
    Ok(place.fetch_optional(tx.bound_conn()).await?)
}

/// Whether anything was ever told of an object.
pub(crate) async fn is_known(tx: &mut impl Bound, object: &str) -> Result<bool, DbError> {
    let known = sqlx::query_scalar!(
        r#"select exists (select from audit.mentions where object = $1) as "known!""#,
        object,
    );
    Ok(known.fetch_one(tx.bound_conn()).await?)
}

fn select(filter: &ChangeFilter, below: Option<i64>, page: PageRequest) -> SelectStatement {
    use Changes as C;
    let mut select = Query::select();
    select
        .columns([C::Idx, C::Id, C::Kind, C::Object].map(|column| (C::Table, column)))
        .columns([C::GateId, C::At, C::Epoch, C::Diff].map(|column| (C::Table, column)))
        .columns([C::ActorKind, C::ActorId, C::ActorKey].map(|column| (C::Table, column)))
        .limit(u64::from(page.limit) + 1);
    narrow(&mut select, filter);
    // In the order of the index that finds them.
    match filter.object {
        None => select
            .and_where_option(below.map(|idx| Expr::col((C::Table, C::Idx)).lt(idx)))
            .order_by((C::Table, C::Idx), Order::Desc),
        Some(_) => select
            .and_where_option(below.map(|idx| Expr::col((Mentions::Table, Mentions::Idx)).lt(idx)))
            .order_by((Mentions::Table, Mentions::Idx), Order::Desc),
    };
    select
}

/// Leaves out what the filter does not let through.
fn narrow<'a>(select: &'a mut SelectStatement, filter: &ChangeFilter) -> &'a mut SelectStatement {
    use Changes as C;
    let c = |column: C| Expr::col((C::Table, column));
    let m = |column: Mentions| Expr::col((Mentions::Table, column));
    let by = |actor: &String| c(C::ActorId).eq(actor).or(c(C::ActorKey).eq(actor));
    let gates = filter.gates.as_ref().map(|gates| gates.iter().map(|gate| gate.uuid()));
    match &filter.object {
        None => select.from_as(("audit", "changes"), C::Table),
        Some(object) => select
            .from_as(("audit", "mentions"), Mentions::Table)
            .join_as(
                JoinType::InnerJoin,
                ("audit", "changes"),
                C::Table,
                c(C::Idx).equals((Mentions::Table, Mentions::Idx)),
            )
            .and_where(m(Mentions::Object).eq(object)),
    };
    select
        .and_where_option(filter.since.map(|since| c(C::At).gte(since)))
        .and_where_option(filter.until.map(|until| c(C::At).lt(until)))
        .and_where_option(filter.kind.as_ref().map(|kind| c(C::Kind).eq(kind)))
        .and_where_option(filter.actor.as_ref().map(by))
        .and_where_option(gates.map(|gates| c(C::GateId).is_in(gates)))
}

impl From<Row> for Change {
    fn from(row: Row) -> Self {
        let (kind, id, key_id) = (row.actor_kind, row.actor_id, row.actor_key);
        let actor = kind.zip(id).map(|(kind, id)| ChangeActor { kind, id, key_id });
        Self {
            idx: row.idx,
            id: row.id,
            kind: row.kind,
            object: row.object,
            gate_id: row.gate_id,
            at: row.at,
            epoch: Epoch(row.epoch),
            actor,
            diff: serde_json::from_value(row.diff).unwrap_or_default(),
        }
    }
}
