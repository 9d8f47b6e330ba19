//! The table `gw.requests`: which requests were answered, and with what.
//!
//! Order of locks: the claim is an advisory lock, taken before a transaction touches anything, so
//! whoever waits for it holds nothing; the row is written last, under the head if one was taken.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use gw_crypto::{Hash, seal::DataKey};
use gw_kernel::{EventId, TenantId};
use rand::Rng as _;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use crate::{
    DbError,
    attempt::{Attempt, Named, Repeated, RequestKey},
    connect,
};

/// For how long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// How many rows that are too old one request removes, of its own tenant's.
const PRUNED: i64 = 100;
/// The lock was not to be had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// A request that has no answer, and that nobody else answers while this transaction is open.
pub(crate) struct Claim {
    attempt: Arc<Attempt>,
    held: Held,
}

/// What is needed to write the answer down.
struct Held {
    named: Arc<Named>,
    fingerprint: Hash,
    data_key: DataKey,
    now: DateTime<Utc>,
}

/// A transaction that has done everything but to be committed.
pub(crate) struct Parked {
    tx: Transaction<'static, Postgres>,
    held: Held,
}

impl Claim {
    /// Claims the request that this task is about; none where it has no key.
    ///
    /// Leaves the transaction bound to the caller's own tenant.
    ///
    /// # Errors
    /// [`DbError::Repeated`] when it was answered before, or is being answered; what with, the
    /// attempt knows. [`DbError::SecondCommit`] when the attempt has committed already.
    pub(crate) async fn of_this_task(
        conn: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, DbError> {
        let Some((attempt, named)) = Attempt::current() else { return Ok(None) };
        Self::take(attempt, named, conn, now).await.map(Some)
    }

    async fn take(
        attempt: Arc<Attempt>,
        named: Arc<Named>,
        conn: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<Self, DbError> {
        if attempt.is_changed() {
            return Err(DbError::SecondCommit);
        }
        let tenant = named.key.tenant;
        connect::bind(conn, tenant).await?;
        match lock(conn, &named.key).await {
            Err(error) if error.sqlstate().as_deref() == Some(LOCK_NOT_AVAILABLE) => {
                return Err(attempt.repeat(Repeated::Pending));
            }
            locked => locked?,
        }
        let fingerprint = (named.fingerprint)();
        let data_key = connect::data_key_for_writing(conn, named.db.root_key(), tenant).await?;
        if let Some(row) = find(conn, &named.key).await? {
            if row.created_at > now - KEPT {
                let repeated = row.repeated(tenant, fingerprint, &data_key)?;
                return Err(attempt.repeat(repeated));
            }
            remove(conn, row.id).await?;
        }
        Ok(Self { attempt, held: Held { named, fingerprint, data_key, now } })
    }
}

/// Commits; where there is a claim, leaves that to whoever shapes the answer.
pub(crate) async fn commit(
    tx: Transaction<'static, Postgres>,
    claim: Option<Claim>,
) -> Result<(), DbError> {
    match claim {
        Some(Claim { attempt, held }) => attempt.park(Parked { tx, held }),
        None => tx.commit().await?,
    }
    Ok(())
}

impl Parked {
    /// A claim of a request that did nothing.
    pub(crate) async fn unchanged(
        attempt: &Arc<Attempt>,
        named: &Arc<Named>,
    ) -> Result<Self, DbError> {
        let mut tx = named.db.begin().await?;
        let now = named.db.clock().now();
        let claim = Claim::take(attempt.clone(), named.clone(), &mut tx, now).await?;
        Ok(Self { tx, held: claim.held })
    }

    /// Writes the answer and commits.
    pub(crate) async fn answer(mut self, answer: &[u8]) -> Result<(), DbError> {
        let Held { named, fingerprint, data_key, now } = &self.held;
        let tenant = named.key.tenant;
        let (id, nonce) = (EventId::at(*now, random()).uuid(), random());
        let sealed = data_key.seal(nonce, &place(tenant, id), answer);
        connect::bind(&mut self.tx, tenant).await?;
        prune(&mut self.tx, *now).await?;
        insert(&mut self.tx, id, &named.key, *fingerprint, &sealed, *now).await?;
        self.commit().await
    }

    pub(crate) async fn commit(self) -> Result<(), DbError> {
        Ok(self.tx.commit().await?)
    }
}

struct Row {
    id: Uuid,
    fingerprint: Vec<u8>,
    sealed: Vec<u8>,
    created_at: DateTime<Utc>,
}

impl Row {
    fn repeated(
        &self,
        tenant: TenantId,
        fingerprint: Hash,
        data_key: &DataKey,
    ) -> Result<Repeated, DbError> {
        if self.fingerprint != fingerprint {
            return Ok(Repeated::Another);
        }
        let opened = data_key.open(&place(tenant, self.id), &self.sealed);
        opened.map(Repeated::Answered).map_err(|_| DbError::Sealed(tenant))
    }
}

/// Where a sealed answer belongs.
pub(crate) fn place(tenant: TenantId, id: Uuid) -> String {
    format!("tenant:{tenant}:request:{id}")
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// Waits until nobody else is at a request of this caller and key, and keeps others waiting until
/// the transaction ends. What was committed meanwhile, later statements see.
async fn lock(conn: &mut PgConnection, key: &RequestKey) -> Result<(), DbError> {
    let RequestKey { tenant, caller, key_sha256 } = key;
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended(
             format('gw.requests %s %s %s', $1::text, $2::text, encode($3, 'hex')), 0))",
        tenant.to_string(),
        caller,
        key_sha256.as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn find(conn: &mut PgConnection, key: &RequestKey) -> Result<Option<Row>, DbError> {
    let row = sqlx::query_as!(
        Row,
        "select id, fingerprint, sealed, created_at from gw.requests
         where caller = $1 and key_sha256 = $2",
        key.caller,
        key.key_sha256.as_slice(),
    );
    Ok(row.fetch_optional(conn).await?)
}

async fn remove(conn: &mut PgConnection, id: Uuid) -> Result<(), DbError> {
    sqlx::query!("delete from gw.requests where id = $1", id).execute(conn).await?;
    Ok(())
}

/// Removes some that are too old; not those that somebody else is at, because the head may be held.
async fn prune(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<(), DbError> {
    sqlx::query!(
        "delete from gw.requests where id in (
             select id from gw.requests where created_at <= $1
             order by created_at limit $2 for update skip locked)",
        now - KEPT,
        PRUNED,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert(
    conn: &mut PgConnection,
    id: Uuid,
    key: &RequestKey,
    fingerprint: Hash,
    sealed: &[u8],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sqlx::query!(
        "insert into gw.requests (id, caller, key_sha256, fingerprint, sealed, created_at)
         values ($1, $2, $3, $4, $5, $6)",
        id,
        key.caller,
        key.key_sha256.as_slice(),
        fingerprint.as_slice(),
        sealed,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
