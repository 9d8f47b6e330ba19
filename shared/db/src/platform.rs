use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use gw_contracts::{Entry, Event};
use gw_crypto::seal::{DataKey, RootKey};
use gw_kernel::{Actor, Epoch, TenantId};
use rand::Rng as _;
use sqlx::{PgConnection, Postgres, Transaction};

use crate::{
    DbError, Head,
    attempt::{self, Claim},
    connect, entries, installation,
};

/// Why something is done that belongs to no tenant.
#[derive(Debug, Clone)]
pub enum Reason {
    /// A person or a key wants it: that is an entry, always.
    Actor(Actor),
    /// A part of ours needs it, by name (`key_lookup`, `relay`): never an entry.
    Machinery(&'static str),
}

/// One transaction that belongs to no tenant, or to several in turn.
///
/// It is always bound to one of them, first to the platform's own ([`TenantId::PLATFORM`]), and
/// the wall holds for it as for everybody. Dropping it rolls it back.
pub struct PlatformTx {
    tx: Transaction<'static, Postgres>,
    reason: Reason,
    now: DateTime<Utc>,
    root_key: Arc<RootKey>,
    bound: TenantId,
    recorded: BTreeMap<TenantId, Vec<Entry>>,
    /// The request that this is about, where it has a key.
    claim: Option<Claim>,
}

impl PlatformTx {
    pub(crate) async fn open(
        mut tx: Transaction<'static, Postgres>,
        reason: Reason,
        now: DateTime<Utc>,
        root_key: Arc<RootKey>,
    ) -> Result<Self, DbError> {
        match &reason {
            Reason::Actor(actor) => tracing::debug!(actor = actor.id, "platform transaction"),
            Reason::Machinery(name) => tracing::debug!(machinery = name, "platform transaction"),
        }
        let claim = match &reason {
            Reason::Actor(_) => Claim::of_this_task(&mut tx, now).await?,
            Reason::Machinery(_) => None,
        };
        let bound = TenantId::PLATFORM;
        connect::bind(&mut tx, bound).await?;
        sqlx::query_scalar!("select set_config('gw.platform', 'on', true)")
            .fetch_one(&mut *tx)
            .await?;
        Ok(Self { tx, reason, now, root_key, bound, recorded: BTreeMap::new(), claim })
    }

    /// The connection, for a store function's statement.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// The moment it was opened.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The tenant that is bound.
    #[must_use]
    pub fn bound(&self) -> TenantId {
        self.bound
    }

    /// Binds another tenant: what follows sees and writes that one's rows alone.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn bind(&mut self, tenant: TenantId) -> Result<(), DbError> {
        connect::bind(&mut self.tx, tenant).await?;
        self.bound = tenant;
        Ok(())
    }

    /// Says what happened, for this tenant's log. What is done to a named tenant is said twice:
    /// in its log, and in the platform's.
    ///
    /// # Errors
    /// [`DbError::NoActor`] for machinery; else when the event cannot become an entry.
    pub fn record<E: Event>(&mut self, tenant: TenantId, event: E) -> Result<(), DbError> {
        let Reason::Actor(actor) = &self.reason else {
            return Err(DbError::NoActor);
        };
        let entry = entries::entry(tenant, actor, self.now, &event)?;
        self.recorded.entry(tenant).or_default().push(entry);
        Ok(())
    }

    /// As [`TenantTx::hold`](crate::TenantTx::hold), of the tenant that is bound.
    ///
    /// # Errors
    /// When the database is unavailable, or this service's role may not.
    pub async fn hold(&mut self) -> Result<Head, DbError> {
        entries::hold(&mut self.tx).await
    }

    /// Notes that the bound tenant's log goes on although it lost entries, and answers the position
    /// of the entry that has to say so: its first one of this transaction. The head is held from
    /// here to the commit, as by [`Self::hold`].
    ///
    /// # Errors
    /// When the log has not begun, or the database is unavailable.
    pub async fn acknowledge_loss(&mut self) -> Result<i64, DbError> {
        entries::acknowledge_loss(&mut self.tx).await
    }

    /// As [`TenantTx::data_key`](crate::TenantTx::data_key), of the tenant that is bound.
    ///
    /// # Errors
    /// When the tenant has none, or it does not open under the root key.
    pub async fn data_key(&mut self) -> Result<DataKey, DbError> {
        connect::data_key_for_writing(&mut self.tx, &self.root_key, self.bound).await
    }

    /// Waits until no transaction is left that was given the bound tenant's data key, and lets
    /// none have it until this one ends: what replaces the key comes between them.
    ///
    /// # Errors
    /// [`FaultKind::Unavailable`](gw_kernel::FaultKind::Unavailable) when that takes longer than
    /// half a second: try again. Else when the database is unavailable.
    pub async fn replace_data_key(&mut self) -> Result<(), DbError> {
        connect::replace_data_key(&mut self.tx, self.bound).await
    }

    /// Seals a data key of the tenant that is bound, under the root key that this database is
    /// installed with: not under a new one before every process is known to have it. Until this
    /// transaction ends, the installation stays with that key.
    ///
    /// # Errors
    /// [`DbError::RootMismatch`] when this process does not have that key; else when the database
    /// is unavailable.
    pub async fn seal_data_key(&mut self, data_key: &[u8; 32]) -> Result<Vec<u8>, DbError> {
        let mut nonce = [0; 12];
        rand::rng().fill_bytes(&mut nonce);
        let installed = installation::pin(&mut self.tx).await?;
        let installed = installed.unwrap_or_else(|| self.root_key.fingerprint());
        let place = connect::data_key_place(self.bound);
        let sealed = self.root_key.seal_as(installed, nonce, &place, data_key);
        sealed.ok_or(DbError::RootMismatch)
    }

    /// Seals anew, under the current root key, a data key of this tenant that is sealed under the
    /// one before; `None` where it is under the current one already.
    ///
    /// # Errors
    /// [`DbError::Sealed`] when it opens under neither.
    pub fn reseal_data_key(
        &self,
        tenant: TenantId,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, DbError> {
        let mut nonce = [0; 12];
        rand::rng().fill_bytes(&mut nonce);
        let resealed = self.root_key.reseal(nonce, &connect::data_key_place(tenant), sealed);
        resealed.map_err(|_| DbError::Sealed(tenant))
    }

    /// The fingerprint of the root key that this database is installed with, if a start has written
    /// one down. Nobody seals a data key until this transaction ends.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn hold_installation(&mut self) -> Result<Option<[u8; 8]>, DbError> {
        installation::hold(&mut self.tx).await
    }

    /// Makes the current root key the one that this database is installed with. Every data key is
    /// sealed under it, and [`Self::hold_installation`] came before that was found.
    ///
    /// # Errors
    /// When the database is unavailable, or this service's role may not.
    pub async fn install_root_key(&mut self) -> Result<(), DbError> {
        installation::install(&mut self.tx, self.root_key.fingerprint()).await
    }

    /// Appends what was recorded, tenants in the order of their ids and the platform last, so that
    /// two of these never wait for one another; commits; answers the epochs after it. Within an
    /// [`Attempt`](crate::Attempt) the commit itself waits for the answer.
    ///
    /// # Errors
    /// [`DbError::Unrecorded`] when an actor did anything, even reading, and nothing was recorded:
    /// nothing is committed then. Else when the database fails.
    pub async fn commit(mut self) -> Result<BTreeMap<TenantId, Epoch>, DbError> {
        if self.recorded.is_empty() && matches!(self.reason, Reason::Actor(_)) {
            return Err(DbError::Unrecorded);
        }
        let mut epochs = BTreeMap::new();
        let platform = self.recorded.remove_entry(&TenantId::PLATFORM);
        for (tenant, recorded) in std::mem::take(&mut self.recorded).into_iter().chain(platform) {
            self.bind(tenant).await?;
            epochs.insert(tenant, entries::append(&mut self.tx, &recorded).await?);
        }
        attempt::commit(self.tx, self.claim, None).await?;
        Ok(epochs)
    }
}
