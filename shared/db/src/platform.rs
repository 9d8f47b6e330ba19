use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use gw_contracts::{Entry, Event};
use gw_crypto::seal::{DataKey, RootKey};
use gw_kernel::{Actor, Epoch, TenantId};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::{DbError, connect, entries};

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
        let bound = TenantId::PLATFORM;
        connect::bind(&mut tx, bound).await?;
        sqlx::query_scalar!("select set_config('gw.platform', 'on', true)")
            .fetch_one(&mut *tx)
            .await?;
        Ok(Self { tx, reason, now, root_key, bound, recorded: BTreeMap::new() })
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

    /// Takes the bound tenant's head, and answers the position that its first entry of this
    /// transaction will have: for rows that say from which position on something holds. The tenant's checks
    /// wait from here to the commit, so row locks come before it, and little after it.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn next_position(&mut self) -> Result<i64, DbError> {
        entries::next_position(&mut self.tx).await
    }

    /// Notes that the bound tenant's log goes on although it lost entries, and answers the position
    /// of the entry that has to say so: its first one of this transaction. The head is held from
    /// here to the commit, as by [`Self::next_position`].
    ///
    /// # Errors
    /// When the log has not begun, or the database is unavailable.
    pub async fn acknowledge_loss(&mut self) -> Result<i64, DbError> {
        entries::acknowledge_loss(&mut self.tx).await
    }

    /// The data key of the tenant that is bound.
    ///
    /// # Errors
    /// When the tenant has none, or it does not open under the root key.
    pub async fn data_key(&mut self) -> Result<DataKey, DbError> {
        connect::data_key(&mut self.tx, &self.root_key, self.bound).await
    }

    /// Appends what was recorded, tenants in the order of their ids and the platform last, so that
    /// two of these never wait for one another; commits; answers the epochs after it.
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
        self.tx.commit().await?;
        Ok(epochs)
    }
}
