use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use gw_db::{
    DbError, OnConstraint,
    query::{self, Bound},
};
use gw_kernel::{Author, Count, GateId, PageRequest, TenantId};
use sea_query::{
    Expr, ExprTrait, Iden, Order, Query, SelectStatement, extension::postgres::PgExpr,
};
use uuid::Uuid;

use crate::{
    domain::{Tenant, TenantRef, TenantState},
    error::TenantsError,
    store::{Schema, containing},
};

#[derive(Iden)]
#[iden = "tenants"]
enum Tenants {
    Table,
    TenantId,
    Alias,
    Name,
    State,
    StateReason,
    DefaultGateId,
    CreatedByKind,
    CreatedById,
    CreatedAt,
    UpdatedAt,
}

#[derive(sqlx::FromRow)]
struct Row {
    tenant_id: Uuid,
    alias: Option<String>,
    name: String,
    state: String,
    state_reason: Option<String>,
    default_gate_id: Option<Uuid>,
    created_by_kind: String,
    created_by_id: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Tenant {
    fn from(row: Row) -> Self {
        Self {
            id: TenantId::from_uuid(row.tenant_id),
            alias: row.alias,
            name: row.name,
            state: TenantState::from_column(&row.state),
            state_reason: row.state_reason,
            default_gate: row.default_gate_id.map(GateId::from_uuid),
            created_by: Author { kind: row.created_by_kind, id: row.created_by_id },
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Adds the bound tenant's row.
pub(crate) async fn insert(tx: &mut impl Bound, tenant: &Tenant) -> Result<(), TenantsError> {
    sqlx::query!(
        "insert into tenants.tenants
             (alias, name, state, created_by_kind, created_by_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)",
        tenant.alias,
        tenant.name,
        tenant.state.as_str(),
        tenant.created_by.kind,
        tenant.created_by.id,
        tenant.created_at,
    )
    .execute(tx.bound_conn())
    .await
    .on_constraint("tenants_alias_key", || {
        TenantsError::AliasTaken(tenant.alias.clone().unwrap_or_default())
    })?;
    Ok(())
}

/// The tenant with this id or name, among those that the transaction may see.
pub(crate) async fn find(
    tx: &mut impl Bound,
    tenant: &TenantRef,
) -> Result<Option<Tenant>, DbError> {
    let (id, alias) = match tenant {
        TenantRef::Id(id) => (Some(id.uuid()), None),
        TenantRef::Alias(alias) => (None, Some(alias.as_str())),
        TenantRef::Nobody(_) => return Ok(None),
    };
    let row = sqlx::query_as!(
        Row,
        "select tenant_id, alias, name, state, state_reason, default_gate_id,
                created_by_kind, created_by_id, created_at, updated_at
         from tenants.tenants where tenant_id = $1 or alias = $2",
        id,
        alias,
    )
    .fetch_optional(tx.bound_conn())
    .await?;
    Ok(row.map(Tenant::from))
}

/// The bound tenant, locked until the transaction ends; no other can be.
pub(crate) async fn lock(tx: &mut impl Bound, tenant: TenantId) -> Result<Option<Tenant>, DbError> {
    let row = sqlx::query_as!(
        Row,
        "select tenant_id, alias, name, state, state_reason, default_gate_id,
                created_by_kind, created_by_id, created_at, updated_at
         from tenants.tenants where tenant_id = $1 for no key update",
        tenant.uuid(),
    )
    .fetch_optional(tx.bound_conn())
    .await?;
    Ok(row.map(Tenant::from))
}

/// Writes what can be changed of the bound tenant.
pub(crate) async fn update(tx: &mut impl Bound, tenant: &Tenant) -> Result<(), DbError> {
    sqlx::query!(
        "update tenants.tenants
         set name = $2, default_gate_id = $3, state = $4, state_reason = $5, updated_at = $6
         where tenant_id = $1",
        tenant.id.uuid(),
        tenant.name,
        tenant.default_gate.map(GateId::uuid),
        tenant.state.as_str(),
        tenant.state_reason,
        tenant.updated_at,
    )
    .execute(tx.bound_conn())
    .await?;
    Ok(())
}

/// Which tenants are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct TenantFilter {
    pub(crate) state: Option<TenantState>,
    pub(crate) name_contains: Option<String>,
}

/// A page of the customers that the transaction may see, newest first. The platform is not one.
pub(crate) async fn list(
    tx: &mut impl Bound,
    filter: &TenantFilter,
    page: PageRequest,
) -> Result<Vec<Tenant>, DbError> {
    let mut select = Query::select();
    select
        .columns([
            Tenants::TenantId,
            Tenants::Alias,
            Tenants::Name,
            Tenants::State,
            Tenants::StateReason,
            Tenants::DefaultGateId,
            Tenants::CreatedByKind,
            Tenants::CreatedById,
            Tenants::CreatedAt,
            Tenants::UpdatedAt,
        ])
        .and_where_option(page.after.map(|after| Expr::col(Tenants::TenantId).lt(after.0)))
        .order_by(Tenants::TenantId, Order::Desc)
        .limit(page.fetch().unsigned_abs());
    let rows: Vec<Row> = query::fetch_all(tx, narrow(&mut select, filter)).await?;
    Ok(rows.into_iter().map(Tenant::from).collect())
}

/// How many customers that the transaction may see the filter lets through.
pub(crate) async fn count(tx: &mut impl Bound, filter: &TenantFilter) -> Result<Count, DbError> {
    let mut ids = Query::select();
    query::count(tx, narrow(ids.column(Tenants::TenantId), filter)).await
}

/// Leaves out the platform, and what the filter does not let through.
fn narrow<'a>(select: &'a mut SelectStatement, filter: &TenantFilter) -> &'a mut SelectStatement {
    let name = filter.name_contains.as_deref();
    select
        .from((Schema::Tenants, Tenants::Table))
        .and_where(Expr::col(Tenants::TenantId).ne(TenantId::PLATFORM.uuid()))
        .and_where_option(filter.state.map(|state| Expr::col(Tenants::State).eq(state.as_str())))
        .and_where_option(name.map(|part| Expr::col(Tenants::Name).ilike(containing(part))))
}

/// Which of these tenants have a key that may do everything, now.
pub(crate) async fn with_admin(
    tx: &mut impl Bound,
    tenants: &[Uuid],
    now: DateTime<Utc>,
) -> Result<BTreeSet<Uuid>, DbError> {
    let rows = sqlx::query_scalar!(
        "select distinct tenant_id from tenants.api_keys
         where tenant_id = any ($1) and '*' = any (scopes)
           and revoked_at is null and (expires_at is null or expires_at > $2)",
        tenants,
        now,
    )
    .fetch_all(tx.bound_conn())
    .await?;
    Ok(rows.into_iter().collect())
}

/// Waits for whoever else installs the platform at this moment.
pub(crate) async fn serialise_installation(tx: &mut impl Bound) -> Result<(), DbError> {
    const PLATFORM_LOCK: i64 = 0x6777_706c_6174; // "gwplat"
    sqlx::query!("select pg_advisory_xact_lock($1)", PLATFORM_LOCK)
        .execute(tx.bound_conn())
        .await?;
    Ok(())
}
