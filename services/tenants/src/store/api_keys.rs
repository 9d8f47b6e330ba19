use chrono::{DateTime, Utc};
use gw_crypto::Hash;
use gw_db::{
    DbError, OnConstraint, TenantTx,
    query::{self, Bound},
};
use gw_kernel::{ApiKeyId, Author, Count, GateId, OperatorId, PageRequest, Scope, ScopeSet};
use sea_query::{
    Cond, Expr, ExprTrait, Iden, Order, Query, SelectStatement, extension::postgres::PgExpr,
};
use uuid::Uuid;

use crate::{
    domain::{ApiKey, ChecksPerMinute, KeyKind, KeyOwner, KeyState},
    error::TenantsError,
    store::{Schema, containing},
};

#[derive(Iden)]
#[iden = "api_keys"]
enum ApiKeys {
    Table,
    KeyId,
    Kind,
    OperatorId,
    Name,
    Prefix,
    Scopes,
    Gates,
    ChecksPerMinute,
    ExpiresAt,
    RevokedAt,
    RevokedReason,
    RotatedAt,
    PreviousUntil,
    CreatedByKind,
    CreatedById,
    CreatedAt,
    UpdatedAt,
}

#[derive(sqlx::FromRow)]
struct Row {
    key_id: Uuid,
    kind: String,
    operator_id: Option<Uuid>,
    name: String,
    prefix: String,
    scopes: Vec<String>,
    gates: Option<Vec<Uuid>>,
    checks_per_minute: Option<i32>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    revoked_reason: Option<String>,
    rotated_at: Option<DateTime<Utc>>,
    previous_until: Option<DateTime<Utc>>,
    created_by_kind: String,
    created_by_id: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> Self {
        let owner = match row.operator_id {
            Some(id) => KeyOwner::Operator(OperatorId::from_uuid(id)),
            None if row.kind == "platform" => KeyOwner::Platform,
            None => KeyOwner::Machine,
        };
        Self {
            id: ApiKeyId::from_uuid(row.key_id),
            name: row.name,
            owner,
            prefix: row.prefix,
            scopes: known_scopes(&row.scopes),
            gates: row.gates.map(|ids| ids.into_iter().map(GateId::from_uuid).collect()),
            checks_per_minute: row.checks_per_minute.and_then(ChecksPerMinute::from_stored),
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            revoked_reason: row.revoked_reason,
            rotated_at: row.rotated_at,
            previous_until: row.previous_until,
            created_by: Author { kind: row.created_by_kind, id: row.created_by_id },
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The scopes that this release knows; a newer one's grant nothing here.
fn known_scopes(texts: &[String]) -> ScopeSet {
    texts.iter().filter_map(|text| text.parse::<Scope>().ok()).collect()
}

/// Keeps a new key of the bound tenant, and the hash of its secret.
pub(crate) async fn insert(
    tx: &mut impl Bound,
    key: &ApiKey,
    secret_sha256: &Hash,
) -> Result<(), TenantsError> {
    let gates =
        key.gates.as_ref().map(|set| set.iter().map(|gate| gate.uuid()).collect::<Vec<_>>());
    sqlx::query!(
        "insert into tenants.api_keys
             (key_id, kind, operator_id, name, prefix, secret_sha256, scopes, gates, expires_at,
              created_by_kind, created_by_id, created_at, updated_at, checks_per_minute)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13)",
        key.id.uuid(),
        key.owner.kind().as_str(),
        key.owner.operator().map(OperatorId::uuid),
        key.name,
        key.prefix,
        secret_sha256.as_slice(),
        &key.scopes.to_texts(),
        gates.as_deref(),
        key.expires_at,
        key.created_by.kind,
        key.created_by.id,
        key.created_at,
        key.checks_per_minute.map(ChecksPerMinute::to_stored),
    )
    .execute(tx.bound_conn())
    .await
    .on_constraint("api_keys_operator", || TenantsError::OperatorUnknown)?;
    Ok(())
}

pub(crate) async fn find(tx: &mut TenantTx, key: ApiKeyId) -> Result<Option<ApiKey>, DbError> {
    let row = sqlx::query_as!(
        Row,
        "select key_id, kind, operator_id, name, prefix, scopes, gates, expires_at, revoked_at,
                revoked_reason, rotated_at, previous_until, created_by_kind, created_by_id,
                created_at, updated_at, checks_per_minute
         from tenants.api_keys where key_id = $1",
        key.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(ApiKey::from))
}

/// The keys with these ids and those of the operator, newest first. Nobody changes them any more
/// until this transaction ends: whoever locks several takes them in this order.
pub(crate) async fn lock_named(
    tx: &mut TenantTx,
    keys: &[ApiKeyId],
    operator: Option<OperatorId>,
) -> Result<Vec<ApiKey>, DbError> {
    let ids: Vec<Uuid> = keys.iter().map(|key| key.uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        "select key_id, kind, operator_id, name, prefix, scopes, gates, expires_at, revoked_at,
                revoked_reason, rotated_at, previous_until, created_by_kind, created_by_id,
                created_at, updated_at, checks_per_minute
         from tenants.api_keys where key_id = any ($1) or operator_id = $2
         order by key_id desc for no key update",
        &ids,
        operator.map(OperatorId::uuid),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

/// Ends a key. None when there is no such key, or it was revoked before: the first time stands.
pub(crate) async fn revoke(
    tx: &mut TenantTx,
    key: ApiKeyId,
    reason: Option<&str>,
) -> Result<Option<ApiKey>, DbError> {
    let now = tx.now();
    let row = sqlx::query_as!(
        Row,
        "update tenants.api_keys set revoked_at = $2, revoked_reason = $3, updated_at = $2
         where key_id = $1 and revoked_at is null
         returning key_id, kind, operator_id, name, prefix, scopes, gates, expires_at, revoked_at,
                   revoked_reason, rotated_at, previous_until, created_by_kind, created_by_id,
                   created_at, updated_at, checks_per_minute",
        key.uuid(),
        now,
        reason,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(ApiKey::from))
}

/// The hash of a key's secret, as it stands.
pub(crate) async fn secret(tx: &mut TenantTx, key: ApiKeyId) -> Result<Option<Vec<u8>>, DbError> {
    let hash = sqlx::query_scalar!(
        "select secret_sha256 from tenants.api_keys where key_id = $1",
        key.uuid(),
    );
    Ok(hash.fetch_optional(tx.conn()).await?)
}

/// Gives a key another secret; with `until`, what it had is accepted so long. Whether it did: not
/// when the key has no longer the secret `from`, or was revoked.
pub(crate) async fn rotate(
    tx: &mut TenantTx,
    key: ApiKeyId,
    (from, to): (&[u8], &Hash),
    until: Option<DateTime<Utc>>,
) -> Result<bool, DbError> {
    let now = tx.now();
    let done = sqlx::query!(
        "update tenants.api_keys
         set secret_sha256 = $3, previous_until = $4, rotated_at = $5, updated_at = $5,
             previous_sha256 = case when $4::timestamptz is null then null else secret_sha256 end
         where key_id = $1 and secret_sha256 = $2 and revoked_at is null",
        key.uuid(),
        from,
        to.as_slice(),
        until,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Which keys are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyFilter {
    pub(crate) state: Option<KeyState>,
    pub(crate) kind: Option<KeyKind>,
    pub(crate) operator: Option<OperatorId>,
    pub(crate) name_contains: Option<String>,
}

pub(crate) async fn list(
    tx: &mut TenantTx,
    filter: &KeyFilter,
    page: PageRequest,
) -> Result<Vec<ApiKey>, DbError> {
    let now = tx.now();
    let mut select = Query::select();
    select
        .columns([
            ApiKeys::KeyId,
            ApiKeys::Kind,
            ApiKeys::OperatorId,
            ApiKeys::Name,
            ApiKeys::Prefix,
            ApiKeys::Scopes,
            ApiKeys::Gates,
            ApiKeys::ChecksPerMinute,
            ApiKeys::ExpiresAt,
            ApiKeys::RevokedAt,
            ApiKeys::RevokedReason,
            ApiKeys::RotatedAt,
            ApiKeys::PreviousUntil,
            ApiKeys::CreatedByKind,
            ApiKeys::CreatedById,
            ApiKeys::CreatedAt,
            ApiKeys::UpdatedAt,
        ])
        .and_where_option(page.after.map(|after| Expr::col(ApiKeys::KeyId).lt(after.0)))
        .order_by(ApiKeys::KeyId, Order::Desc)
        .limit(page.fetch().unsigned_abs());
    let rows: Vec<Row> = query::fetch_all(tx, narrow(&mut select, filter, now)).await?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

/// How many keys the filter lets through.
pub(crate) async fn count(tx: &mut TenantTx, filter: &KeyFilter) -> Result<Count, DbError> {
    let (now, mut ids) = (tx.now(), Query::select());
    query::count(tx, narrow(ids.column(ApiKeys::KeyId), filter, now)).await
}

/// Leaves out what the filter does not let through.
fn narrow<'a>(
    select: &'a mut SelectStatement,
    filter: &KeyFilter,
    now: DateTime<Utc>,
) -> &'a mut SelectStatement {
    let name = filter.name_contains.as_deref();
    select
        .from((Schema::Tenants, ApiKeys::Table))
        .and_where_option(filter.kind.map(|kind| Expr::col(ApiKeys::Kind).eq(kind.as_str())))
        .and_where_option(filter.operator.map(|id| Expr::col(ApiKeys::OperatorId).eq(id.uuid())))
        .and_where_option(name.map(|part| Expr::col(ApiKeys::Name).ilike(containing(part))))
        .cond_where(filter.state.map_or_else(Cond::all, |state| in_state(state, now)))
}

/// [`ApiKey::state`] in SQL.
fn in_state(state: KeyState, now: DateTime<Utc>) -> Cond {
    let revoked = Expr::col(ApiKeys::RevokedAt);
    let ends = Expr::col(ApiKeys::ExpiresAt);
    match state {
        KeyState::Revoked => Cond::all().add(revoked.is_not_null()),
        KeyState::Expired => Cond::all().add(revoked.is_null()).add(ends.lte(now)),
        KeyState::Active => Cond::all()
            .add(revoked.is_null())
            .add(Cond::any().add(ends.clone().is_null()).add(ends.gt(now))),
    }
}
