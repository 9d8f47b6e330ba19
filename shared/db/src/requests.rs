//! Requests that may be sent again: whose they are, and with what they were answered.
//!
//! Order of locks: the claim is an advisory lock, taken before a transaction touches anything, so
//! whoever waits for it holds nothing; the row is written last, under the head if one was taken.

mod table;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use gw_crypto::{Hash, seal::DataKey};
use gw_kernel::{EventId, TenantId};
use rand::Rng as _;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Db, DbError, connect, places::Place};

/// For how long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// The lock was not to be had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Whose request it is, and what it is recognised by.
#[derive(Debug, Clone)]
pub struct RequestKey {
    /// The tenant of the caller's own key, whatever tenant it acts on.
    pub tenant: TenantId,
    /// Who calls, within that tenant.
    pub caller: String,
    /// The SHA-256 of the key that the caller chose for the request.
    pub key_sha256: Hash,
}

/// What was asked for under a key, as a hash: taken when a transaction is opened, when the request
/// has been read.
pub type Fingerprint = Box<dyn Fn() -> Hash + Send + Sync>;

/// What is known once the caller is.
pub(crate) struct Named {
    pub(crate) db: Db,
    pub(crate) key: RequestKey,
    pub(crate) fingerprint: Fingerprint,
}

/// Why a request is not answered anew.
#[derive(Debug, Clone)]
pub enum Repeated {
    /// It was answered before, with this.
    Answered(Zeroizing<Vec<u8>>),
    /// Another request was answered under the key.
    Another,
    /// An attempt at it, or at another under the key, has not ended.
    Pending,
}

/// What is needed to write the answer down.
pub(crate) struct Held {
    named: Arc<Named>,
    fingerprint: Hash,
    data_key: DataKey,
    now: DateTime<Utc>,
}

/// A transaction that has done everything but to be committed.
pub(crate) struct Parked {
    pub(crate) tx: Transaction<'static, Postgres>,
    pub(crate) held: Held,
    /// Its tenant's right to the connection.
    #[expect(dead_code, reason = "dropping it is its use")]
    pub(crate) place: Option<Place>,
}

impl Parked {
    /// Writes the answer and commits.
    pub(crate) async fn answer(mut self, answer: &[u8]) -> Result<(), DbError> {
        let Held { named, fingerprint, data_key, now } = &self.held;
        let tenant = named.key.tenant;
        let (id, nonce) = (EventId::at(*now, random()).uuid(), random());
        let sealed = data_key.seal(nonce, &place(tenant, id), answer);
        connect::bind(&mut self.tx, tenant).await?;
        table::prune(&mut self.tx, *now - KEPT).await?;
        table::insert(&mut self.tx, id, &named.key, *fingerprint, &sealed, *now).await?;
        self.commit().await
    }

    pub(crate) async fn commit(self) -> Result<(), DbError> {
        Ok(self.tx.commit().await?)
    }
}

impl Held {
    /// Takes hold of a request, until the transaction ends; or says why it is not answered anew.
    ///
    /// Leaves the transaction bound to the caller's own tenant.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn take(
        named: Arc<Named>,
        conn: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<Result<Self, Repeated>, DbError> {
        let tenant = named.key.tenant;
        connect::bind(conn, tenant).await?;
        match table::lock(conn, &named.key).await {
            Err(error) if error.sqlstate().as_deref() == Some(LOCK_NOT_AVAILABLE) => {
                return Ok(Err(Repeated::Pending));
            }
            locked => locked?,
        }
        let fingerprint = (named.fingerprint)();
        let data_key = connect::data_key_for_writing(conn, named.db.root_key(), tenant).await?;
        if let Some(row) = table::find(conn, &named.key).await? {
            if row.created_at > now - KEPT {
                return row.repeated(tenant, fingerprint, &data_key).map(Err);
            }
            table::remove(conn, row.id).await?;
        }
        Ok(Ok(Self { named, fingerprint, data_key, now }))
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
