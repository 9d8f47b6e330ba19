use chrono::{DateTime, Utc};
use gw_db::{DbError, OnConstraint, TenantTx, query};
use gw_kernel::{Author, Count, OperatorId, PageRequest, Role};
use sea_query::{
    Expr, ExprTrait, Func, Iden, Order, Query, SelectStatement,
    extension::postgres::{PgExpr, PgFunc},
};
use uuid::Uuid;

use crate::{
    domain::{Operator, OperatorState},
    error::TenantsError,
    store::{Schema, containing},
};

#[derive(Iden)]
#[iden = "operators"]
enum Operators {
    Table,
    OperatorId,
    Name,
    Mail,
    Roles,
    State,
    StateReason,
    CreatedByKind,
    CreatedById,
    CreatedAt,
    UpdatedAt,
}

#[derive(sqlx::FromRow)]
struct Row {
    operator_id: Uuid,
    name: String,
    mail: String,
    roles: Vec<String>,
    state: String,
    state_reason: Option<String>,
    created_by_kind: String,
    created_by_id: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Operator {
    fn from(row: Row) -> Self {
        Self {
            id: OperatorId::from_uuid(row.operator_id),
            name: row.name,
            mail: row.mail,
            roles: row.roles.iter().filter_map(|role| Role::from_text(role)).collect(),
            state: OperatorState::from_column(&row.state),
            state_reason: row.state_reason,
            created_by: Author { kind: row.created_by_kind, id: row.created_by_id },
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Which operators are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct OperatorFilter {
    pub(crate) name_contains: Option<String>,
    pub(crate) mail: Option<String>,
    pub(crate) role: Option<Role>,
    pub(crate) state: Option<OperatorState>,
}

pub(crate) async fn insert(tx: &mut TenantTx, operator: &Operator) -> Result<(), TenantsError> {
    sqlx::query!(
        "insert into tenants.operators
             (operator_id, name, mail, roles, created_by_kind, created_by_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)",
        operator.id.uuid(),
        operator.name,
        operator.mail,
        &operator.roles_as_text(),
        operator.created_by.kind,
        operator.created_by.id,
        operator.created_at,
    )
    .execute(tx.conn())
    .await
    .on_constraint("operators_mail_key", || TenantsError::MailTaken(operator.mail.clone()))?;
    Ok(())
}

pub(crate) async fn find(
    tx: &mut TenantTx,
    operator: OperatorId,
) -> Result<Option<Operator>, DbError> {
    let row = sqlx::query_as!(
        Row,
        "select operator_id, name, mail, roles, state, state_reason, created_by_kind,
                created_by_id, created_at, updated_at
         from tenants.operators where operator_id = $1",
        operator.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Operator::from))
}

/// Stores what an operator has become.
pub(crate) async fn update(tx: &mut TenantTx, operator: &Operator) -> Result<(), TenantsError> {
    sqlx::query!(
        "update tenants.operators
         set name = $2, mail = $3, roles = $4, state = $5, state_reason = $6, updated_at = $7
         where operator_id = $1",
        operator.id.uuid(),
        operator.name,
        operator.mail,
        &operator.roles_as_text(),
        operator.state.as_str(),
        operator.state_reason,
        operator.updated_at,
    )
    .execute(tx.conn())
    .await
    .on_constraint("operators_mail_key", || TenantsError::MailTaken(operator.mail.clone()))?;
    Ok(())
}

/// Whether somebody is left who may do everything.
pub(crate) async fn any_active_owner(tx: &mut TenantTx) -> Result<bool, DbError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from tenants.operators
                          where state = 'active' and 'owner' = any (roles)) as "found!""#
    );
    Ok(found.fetch_one(tx.conn()).await?)
}

pub(crate) async fn list(
    tx: &mut TenantTx,
    filter: &OperatorFilter,
    page: PageRequest,
) -> Result<Vec<Operator>, DbError> {
    let mut select = Query::select();
    select
        .columns([
            Operators::OperatorId,
            Operators::Name,
            Operators::Mail,
            Operators::Roles,
            Operators::State,
            Operators::StateReason,
            Operators::CreatedByKind,
            Operators::CreatedById,
            Operators::CreatedAt,
            Operators::UpdatedAt,
        ])
        .and_where_option(page.after.map(|after| Expr::col(Operators::OperatorId).lt(after.0)))
        .order_by(Operators::OperatorId, Order::Desc)
        .limit(page.fetch().unsigned_abs());
    let rows: Vec<Row> = query::fetch_all(tx, narrow(&mut select, filter)).await?;
    Ok(rows.into_iter().map(Operator::from).collect())
}

/// How many operators the filter lets through.
pub(crate) async fn count(tx: &mut TenantTx, filter: &OperatorFilter) -> Result<Count, DbError> {
    let mut ids = Query::select();
    query::count(tx, narrow(ids.column(Operators::OperatorId), filter)).await
}

/// Leaves out what the filter does not let through.
fn narrow<'a>(select: &'a mut SelectStatement, filter: &OperatorFilter) -> &'a mut SelectStatement {
    let col = Expr::col::<Operators>;
    let (name, mail) = (filter.name_contains.as_deref(), filter.mail.as_deref());
    let lower = |mail| Expr::expr(Func::lower(col(Operators::Mail))).eq(Func::lower(mail));
    let any = |role: Role| Expr::val(role.as_str()).eq(PgFunc::any(col(Operators::Roles)));
    select
        .from((Schema::Tenants, Operators::Table))
        .and_where_option(name.map(|part| col(Operators::Name).ilike(containing(part))))
        .and_where_option(mail.map(lower))
        .and_where_option(filter.role.map(any))
        .and_where_option(filter.state.map(|state| col(Operators::State).eq(state.as_str())))
}
