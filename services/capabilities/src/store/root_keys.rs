use chrono::{DateTime, Utc};
use gw_crypto::keys::PublicKey;
use gw_db::{DbError, TenantTx};
use gw_kernel::{Count, PageRequest, RootKeyId};
use uuid::Uuid;

use crate::domain::{RootKey, RootKeyState, StatementKey};

/// The key that the tenant's capabilities are made under, if there is one yet.
pub(crate) async fn active(tx: &mut TenantTx) -> Result<Option<RootKey>, DbError> {
    let row = sqlx::query_as!(
        Row,
        "select id, sealed, statement_public, statement_sealed, created_at, accepted_until
         from capabilities.root_keys where state = 'active'"
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(RootKey::from))
}

/// One key, whatever its state.
pub(crate) async fn find(tx: &mut TenantTx, id: RootKeyId) -> Result<Option<RootKey>, DbError> {
    let row = sqlx::query_as!(
        Row,
        "select id, sealed, statement_public, statement_sealed, created_at, accepted_until
         from capabilities.root_keys where id = $1",
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(RootKey::from))
}

/// Keys, newest first, and where it is given only those in this state; one more than the page holds
/// where there are more.
pub(crate) async fn list(
    tx: &mut TenantTx,
    page: PageRequest,
    state: Option<RootKeyState>,
) -> Result<Vec<RootKey>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        "select id, sealed, statement_public, statement_sealed, created_at, accepted_until
         from capabilities.root_keys
         where ($1::uuid is null or id < $1)
           and ($3::text is null or $3 = case when accepted_until is null then 'active'
                when accepted_until > $4 then 'retiring' else 'retired' end)
         order by id desc
         limit $2",
        page.after.map(|cursor| cursor.0),
        page.fetch(),
        state.map(RootKeyState::as_str),
        tx.now(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(RootKey::from).collect())
}

/// How many keys there are, in this state where it is given.
pub(crate) async fn count(
    tx: &mut TenantTx,
    state: Option<RootKeyState>,
) -> Result<Count, DbError> {
    let found = sqlx::query_scalar!(
        r#"select count(*) as "found!" from (
               select from capabilities.root_keys
               where $1::text is null or $1 = case when accepted_until is null then 'active'
                     when accepted_until > $2 then 'retiring' else 'retired' end
               limit $3
           ) counted"#,
        state.map(RootKeyState::as_str),
        tx.now(),
        Count::LOOKED_AT,
    );
    Ok(Count::of(found.fetch_one(tx.conn()).await?))
}

/// Makes this the active key. The tenant's head is held, and no other is active.
pub(crate) async fn insert(tx: &mut TenantTx, key: &RootKey) -> Result<(), DbError> {
    let statement = key.statement.as_ref();
    let public: Option<&[u8]> = statement.map(|key| key.public.as_bytes().as_slice());
    let sealed: Option<&[u8]> = statement.map(|key| key.sealed.as_slice());
    sqlx::query!(
        "insert into capabilities.root_keys
             (id, state, sealed, statement_public, statement_sealed, created_at)
         values ($1, 'active', $2, $3, $4, $5)",
        key.id.uuid(),
        key.sealed,
        public,
        sealed,
        key.created_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Gives a key the one that signs statements.
pub(crate) async fn add_statement_key(
    tx: &mut TenantTx,
    id: RootKeyId,
    key: &StatementKey,
) -> Result<(), DbError> {
    sqlx::query!(
        "update capabilities.root_keys set statement_public = $2, statement_sealed = $3
         where id = $1",
        id.uuid(),
        key.public.as_bytes().as_slice(),
        key.sealed,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Lets nothing new be made under a key, and what was made be accepted until then.
pub(crate) async fn retire(
    tx: &mut TenantTx,
    id: RootKeyId,
    until: DateTime<Utc>,
) -> Result<(), DbError> {
    sqlx::query!(
        "update capabilities.root_keys
         set accepted_until = $2::timestamptz,
             state = case when $2 > $3::timestamptz then 'retiring' else 'retired' end
         where id = $1",
        id.uuid(),
        until,
        tx.now(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

struct Row {
    id: Uuid,
    sealed: Vec<u8>,
    statement_public: Option<Vec<u8>>,
    statement_sealed: Option<Vec<u8>>,
    created_at: DateTime<Utc>,
    accepted_until: Option<DateTime<Utc>>,
}

impl From<Row> for RootKey {
    fn from(row: Row) -> Self {
        let public = row.statement_public.and_then(|bytes| bytes.try_into().ok());
        let public = public.and_then(|bytes| PublicKey::from_bytes(bytes).ok());
        let statement = public.zip(row.statement_sealed);
        Self {
            id: RootKeyId::from_uuid(row.id),
            sealed: row.sealed,
            statement: statement.map(|(public, sealed)| StatementKey { public, sealed }),
            created_at: row.created_at,
            accepted_until: row.accepted_until,
        }
    }
}
