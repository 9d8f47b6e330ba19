//! A tenant's state under the lock, from the row that says it.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use gw_crypto::merkle::Frontier;
use gw_kernel::{Epoch, TenantId};
use tokio_postgres::{Error, SimpleQueryRow};

/// Why the log could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("{0}")]
    Postgres(#[from] Error),
    #[error("the database did not answer in time")]
    Timeout,
    #[error("the newest batch of {0} cannot be read")]
    Broken(TenantId),
    #[error("whether everything is halted cannot be read")]
    Halt,
}

/// A tenant's state, read while its head is held.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) tenant: TenantId,
    pub(crate) epoch: Epoch,
    pub(crate) frontier: Frontier,
    /// The batch's one clock: it never runs behind the newest batch's. Where the head was not read but
    /// is taken to be as it was left, a moment before that.
    pub(crate) now: DateTime<Utc>,
    /// Whether everything is halted.
    pub(crate) halted: bool,
    /// Size and frontier of the batch that callers were told about last, if it is still there.
    pub(crate) anchor: Option<(u64, Vec<u8>)>,
    /// When an operator last said that the log goes on although it lost entries. What is known
    /// from before that is of a history that is gone.
    pub(crate) acknowledged: Option<DateTime<Utc>>,
}

impl Head {
    /// Whether nobody else has appended since callers were told about a batch, and nothing is halted.
    pub(crate) fn undisturbed(&self) -> bool {
        let told = self.anchor.as_ref().map(|(size, _)| *size);
        told == Some(self.frontier.size()) && !self.halted
    }

    /// Reads a row. Without that of the global kill switch nothing is known, and nothing is served.
    pub(crate) fn read(tenant: TenantId, row: &SimpleQueryRow) -> Result<Self, ReadError> {
        let halted = match row.get(8) {
            Some("t") => true,
            Some("f") => false,
            _ => return Err(ReadError::Halt),
        };
        Self::of(tenant, row, halted).ok_or(ReadError::Broken(tenant))
    }

    /// None where what is there cannot be read.
    fn of(tenant: TenantId, row: &SimpleQueryRow, halted: bool) -> Option<Self> {
        let size = number(row, 1)?.unwrap_or_default();
        Some(Self {
            tenant,
            epoch: Epoch(number(row, 2)?.unwrap_or_default()),
            frontier: Frontier::from_parts(size, &bytes(row, 3)?.unwrap_or_default()).ok()?,
            now: moment(row, 4)??,
            halted,
            anchor: number(row, 5)?.zip(bytes(row, 6)?),
            acknowledged: moment(row, 7)?,
        })
    }
}

/// Whose row it is.
pub(crate) fn tenant(row: &SimpleQueryRow) -> Option<TenantId> {
    row.get(0)?.parse().ok().map(TenantId::from_uuid)
}

/// What a column holds, or that it holds nothing; none where it is something else.
fn column<T>(
    row: &SimpleQueryRow,
    at: usize,
    read: impl FnOnce(&str) -> Option<T>,
) -> Option<Option<T>> {
    match row.try_get(at).ok()? {
        None => Some(None),
        Some(text) => read(text).map(Some),
    }
}

fn number<T: FromStr>(row: &SimpleQueryRow, at: usize) -> Option<Option<T>> {
    column(row, at, |text| text.parse().ok())
}

fn bytes(row: &SimpleQueryRow, at: usize) -> Option<Option<Vec<u8>>> {
    column(row, at, |text| hex::decode(text).ok())
}

fn moment(row: &SimpleQueryRow, at: usize) -> Option<Option<DateTime<Utc>>> {
    column(row, at, |text| DateTime::from_timestamp_micros(text.parse().ok()?))
}
