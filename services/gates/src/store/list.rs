use gw_db::{TenantTx, query};
use gw_kernel::{Count, PageRequest};
use sea_query::{
    Expr, ExprTrait, Iden, LikeExpr, Order, Query, SelectStatement, extension::postgres::PgExpr,
};

use super::gate_row::GateRow;
use crate::{
    domain::{Gate, GateFilter},
    error::GateError,
};

/// Gates, newest first; one more than the page holds where there are more.
pub(crate) async fn list(
    tx: &mut TenantTx,
    filter: &GateFilter,
    page: PageRequest,
) -> Result<Vec<Gate>, GateError> {
    let rows: Vec<GateRow> = query::fetch_all(tx, &part(filter, page)).await?;
    rows.into_iter().map(Gate::try_from).collect()
}

/// How many gates the filter lets through.
pub(crate) async fn count(tx: &mut TenantTx, filter: &GateFilter) -> Result<Count, GateError> {
    let mut ids = Query::select();
    ids.column((Gates::Table, Gates::Id)).from_as(("gates", "gates"), Gates::Table);
    Ok(query::count(tx, narrow(&mut ids, filter)).await?)
}

#[derive(Iden, Clone, Copy)]
enum Gates {
    #[iden = "g"]
    Table,
    Id,
    Slug,
    Name,
    Description,
    Profile,
    Mode,
    Signing,
    IsDiscoverable,
    State,
    ArchivedAt,
    CreatedAt,
    UpdatedAt,
    CreatedByKind,
    CreatedById,
}

#[derive(Iden, Clone, Copy)]
enum Keypairs {
    #[iden = "k"]
    Table,
    Id,
    GateId,
    State,
    PublicKey,
    SignsFrom,
    SignsUntil,
    CreatedAt,
}

fn part(filter: &GateFilter, page: PageRequest) -> SelectStatement {
    use Gates as G;
    use Keypairs as K;
    let g = |column: G| Expr::col((G::Table, column));
    let k = |column: K| Expr::col((K::Table, column));
    let mut select = Query::select();
    select
        .columns([G::Id, G::Slug, G::Name, G::Description].map(|column| (G::Table, column)))
        .columns([G::Profile, G::Mode, G::Signing, G::State].map(|column| (G::Table, column)))
        .columns([G::IsDiscoverable, G::ArchivedAt].map(|column| (G::Table, column)))
        .columns([G::CreatedAt, G::UpdatedAt].map(|column| (G::Table, column)))
        .columns([G::CreatedByKind, G::CreatedById].map(|column| (G::Table, column)))
        .columns([K::PublicKey, K::SignsFrom, K::SignsUntil].map(|column| (K::Table, column)))
        .expr_as(k(K::Id), "key_id")
        .expr_as(k(K::State), "key_state")
        .expr_as(k(K::CreatedAt), "key_created_at")
        .from_as(("gates", "gates"), G::Table)
        .join_as(
            sea_query::JoinType::InnerJoin,
            ("gates", "keypairs"),
            K::Table,
            k(K::GateId).equals((G::Table, G::Id)).and(k(K::State).eq("active")),
        )
        .and_where_option(page.after.map(|cursor| g(G::Id).lt(cursor.0)))
        .order_by((G::Table, G::Id), Order::Desc)
        .offset(filter.offset.into())
        .limit(u64::from(page.limit) + 1);
    narrow(&mut select, filter).to_owned()
}

/// Leaves out what the filter does not let through.
fn narrow<'a>(select: &'a mut SelectStatement, filter: &GateFilter) -> &'a mut SelectStatement {
    use Gates as G;
    let g = |column: G| Expr::col((G::Table, column));
    let among = filter.among.as_ref().map(|gates| gates.iter().map(|gate| gate.uuid()));
    let named = filter.name_contains.as_deref().map(containing);
    select
        .and_where_option(filter.state.map(|state| g(G::State).eq(state.as_str())))
        .and_where_option(filter.profile.map(|profile| g(G::Profile).eq(profile.as_str())))
        .and_where_option(filter.mode.map(|mode| g(G::Mode).eq(mode.as_str())))
        .and_where_option(
            named.map(|like| g(G::Name).ilike(like.clone()).or(g(G::Slug).ilike(like))),
        )
        .and_where_option(among.map(|ids| g(G::Id).is_in(ids)))
}

/// Anywhere in the text, with nothing in `part` read as a pattern.
fn containing(part: &str) -> LikeExpr {
    let literal = part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    LikeExpr::new(format!("%{literal}%"))
}
