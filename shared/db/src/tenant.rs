use std::sync::Arc;

use chrono::{DateTime, Utc};
use gw_contracts::{Entry, Event, TenantReadV1};
use gw_crypto::seal::{DataKey, RootKey};
use gw_kernel::{Actor, ActorKind, Epoch, EventId, Identity, TenantId};
use sqlx::{PgConnection, Postgres, Transaction};

use crate::{
    DbError, Head,
    attempt::{self, Claim},
    connect, entries,
    places::Place,
};

/// One transaction, within one tenant, by somebody.
///
/// Dropping it rolls it back.
pub struct TenantTx {
    tx: Transaction<'static, Postgres>,
    place: Place,
    who: Identity,
    now: DateTime<Utc>,
    root_key: Arc<RootKey>,
    recorded: Vec<Entry>,
    /// The same facts for the platform's log, where it is the platform that acts.
    for_platform: Vec<Entry>,
    /// The request that this is about, where it has a key.
    claim: Option<Claim>,
}

impl TenantTx {
    pub(crate) async fn open(
        mut tx: Transaction<'static, Postgres>,
        place: Place,
        who: Identity,
        now: DateTime<Utc>,
        root_key: Arc<RootKey>,
    ) -> Result<Self, DbError> {
        let claim = Claim::of_this_task(&mut tx, now).await?;
        connect::bind(&mut tx, who.tenant).await?;
        let (recorded, for_platform) = (Vec::new(), Vec::new());
        Ok(Self { tx, place, who, now, root_key, recorded, for_platform, claim })
    }

    /// The connection, for a store function's statement.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// The tenant that is bound.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.who.tenant
    }

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.who.actor
    }

    /// The moment it was opened: the one time of everything that it does.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Says what happened. It becomes an entry of the tenant's log when this commits; what the
    /// platform's staff did to a tenant becomes one of the platform's log as well.
    ///
    /// # Errors
    /// When the event has no canonical form, or is too large.
    pub fn record<E: Event>(&mut self, event: E) -> Result<(), DbError> {
        let entry = entries::entry(self.who.tenant, &self.who.actor, self.now, &event)?;
        self.recorded.push(entry);
        if self.who.actor.kind == ActorKind::Platform && self.who.tenant != TenantId::PLATFORM {
            let entry = entries::entry(TenantId::PLATFORM, &self.who.actor, self.now, &event)?;
            self.for_platform.push(entry);
        }
        Ok(())
    }

    /// Says what happened under an id that was chosen before, in the tenant's log alone. For what
    /// has to be said again where it could not be seen whether it was: the id finds it.
    ///
    /// # Errors
    /// When the event has no canonical form, or is too large.
    pub fn record_as<E: Event>(&mut self, id: EventId, event: E) -> Result<(), DbError> {
        let (tenant, actor) = (self.who.tenant, &self.who.actor);
        self.recorded.push(entries::identified(tenant, actor, self.now, id, &event)?);
        Ok(())
    }

    /// The tenant's epoch as it stands: the answer of a write that found nothing left to do, which
    /// then drops the transaction.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn epoch(&mut self) -> Result<Epoch, DbError> {
        Ok(entries::unrecorded(&mut self.tx).await?.epoch)
    }

    /// Takes the tenant's head now rather than at the commit. For what compares itself with the
    /// epoch at which it becomes true, or says in its rows from which position on something holds.
    /// The tenant's checks wait from here to the commit, so little comes after it; and whoever uses
    /// the same rows takes them and the head in the same order, so that nobody waits in a circle.
    ///
    /// # Errors
    /// When the database is unavailable, or this service's role may not.
    pub async fn hold(&mut self) -> Result<Head, DbError> {
        entries::hold(&mut self.tx).await
    }

    /// Appends what was recorded, to the tenant's log first and the platform's last, and commits; answers the tenant's epoch after it.
    ///
    /// Within an [`Attempt`](crate::Attempt) the commit itself waits for the answer.
    ///
    /// # Errors
    /// [`DbError::Unrecorded`] when something was changed (or a row locked) and nothing recorded:
    /// nothing is committed then. Else when the database fails.
    pub async fn commit(mut self) -> Result<Epoch, DbError> {
        let epoch = if self.recorded.is_empty() {
            let end = entries::unrecorded(&mut self.tx).await?;
            if end.wrote {
                return Err(DbError::Unrecorded);
            }
            end.epoch
        } else {
            entries::append(&mut self.tx, &self.recorded).await?
        };
        if !self.for_platform.is_empty() {
            connect::bind(&mut self.tx, TenantId::PLATFORM).await?;
            entries::append(&mut self.tx, &self.for_platform).await?;
        }
        attempt::commit(self.tx, self.claim, Some(self.place)).await?;
        Ok(epoch)
    }

    /// Ends a transaction that only read. What the platform's staff read of a tenant is said in the
    /// tenant's log and in the platform's; what a tenant reads of itself is nobody's business.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_reading(mut self) -> Result<(), DbError> {
        if self.who.actor.kind == ActorKind::Platform {
            self.record(TenantReadV1 { tenant_id: self.who.tenant })?;
            self.commit().await?;
        }
        Ok(())
    }

    /// The tenant's data key, which its other secrets are sealed under: the same until this
    /// transaction ends. It comes before any row and before the head.
    ///
    /// # Errors
    /// When the tenant has none, or it does not open under the root key.
    pub async fn data_key(&mut self) -> Result<DataKey, DbError> {
        connect::data_key_for_writing(&mut self.tx, &self.root_key, self.who.tenant).await
    }
}
