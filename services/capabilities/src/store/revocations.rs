use chrono::{DateTime, Utc};
use gw_db::{DbError, TenantTx};
use gw_kernel::{Author, PageRequest};
use uuid::Uuid;

use crate::domain::Revocation;

/// Keeps a revocation, unless the token already has one; says whether it did.
pub(crate) async fn insert(tx: &mut TenantTx, revocation: &Revocation) -> Result<bool, DbError> {
    let inserted = sqlx::query!(
        "insert into capabilities.revocations
             (id, jti, reason, revoked_at, revoked_by_kind, revoked_by_id)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_id, jti) do nothing",
        revocation.id,
        revocation.jti,
        revocation.reason,
        revocation.revoked_at,
        revocation.revoked_by.kind,
        revocation.revoked_by.id,
    )
    .execute(tx.conn())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The revocation of a token, if it has one.
pub(crate) async fn find(tx: &mut TenantTx, jti: &str) -> Result<Option<Revocation>, DbError> {
    let row = sqlx::query_as!(
        Row,
        "select id, jti, reason, revoked_at, revoked_by_kind, revoked_by_id
         from capabilities.revocations where jti = $1",
        jti,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Revocation::from))
}

/// Revocations, newest first; one more than the page holds where there are more.
pub(crate) async fn list(
    tx: &mut TenantTx,
    page: PageRequest,
    offset: i64,
) -> Result<Vec<Revocation>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        "select id, jti, reason, revoked_at, revoked_by_kind, revoked_by_id
         from capabilities.revocations
         where $1::uuid is null or id < $1
         order by id desc
         limit $2 offset $3",
        page.after.map(|cursor| cursor.0),
        page.fetch(),
        offset,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Revocation::from).collect())
}

struct Row {
    id: Uuid,
    jti: String,
    reason: Option<String>,
    revoked_at: DateTime<Utc>,
    revoked_by_kind: String,
    revoked_by_id: String,
}

impl From<Row> for Revocation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            jti: row.jti,
            reason: row.reason,
            revoked_at: row.revoked_at,
            revoked_by: Author { kind: row.revoked_by_kind, id: row.revoked_by_id },
        }
    }
}
