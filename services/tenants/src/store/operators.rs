use chrono::{DateTime, Utc};
use gw_db::{DbError, OnConstraint, TenantTx, query::fetch_all};
use gw_kernel::{Author, OperatorId, PageRequest};
use sea_query::{Expr, ExprTrait, Func, Iden, Order, Query, extension::postgres::PgExpr};
use uuid::Uuid;

use crate::{
    domain::{Operator, Role},
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
            roles: row.roles.iter().filter_map(|role| Role::from_column(role)).collect(),
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
}

pub(crate) async fn insert(tx: &mut TenantTx, operator: &Operator) -> Result<(), TenantsError> {
    let roles: Vec<String> = operator.roles.iter().map(|role| role.as_str().to_owned()).collect();
    sqlx::query!(
        "insert into tenants.operators
             (operator_id, name, mail, roles, created_by_kind, created_by_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)",
        operator.id.uuid(),
        operator.name,
        operator.mail,
        &roles,
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
        "select operator_id, name, mail, roles, created_by_kind, created_by_id, created_at,
                updated_at
         from tenants.operators where operator_id = $1",
        operator.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Operator::from))
}

pub(crate) async fn list(
    tx: &mut TenantTx,
    filter: OperatorFilter,
    page: PageRequest,
) -> Result<Vec<Operator>, DbError> {
    let select = Query::select()
        .columns([
            Operators::OperatorId,
            Operators::Name,
            Operators::Mail,
            Operators::Roles,
            Operators::CreatedByKind,
            Operators::CreatedById,
            Operators::CreatedAt,
            Operators::UpdatedAt,
        ])
        .from((Schema::Tenants, Operators::Table))
        .and_where_option(page.after.map(|after| Expr::col(Operators::OperatorId).lt(after.0)))
        .and_where_option(
            filter.name_contains.map(|part| Expr::col(Operators::Name).ilike(containing(&part))),
        )
        .and_where_option(
            filter.mail.map(|mail| {
                Expr::expr(Func::lower(Expr::col(Operators::Mail))).eq(Func::lower(mail))
            }),
        )
        .order_by(Operators::OperatorId, Order::Desc)
        .limit(page.fetch().unsigned_abs())
        .take();
    let rows: Vec<Row> = fetch_all(tx, &select).await?;
    Ok(rows.into_iter().map(Operator::from).collect())
}
