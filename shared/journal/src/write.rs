//! The second flight: the batch, and the commit with it.

use std::{pin::pin, task::Poll};

use gw_kernel::Epoch;
use tokio_postgres::Error;

use crate::{
    Deciding,
    connection::Link,
    intake::Unknown,
    rows::{self, Rows, signed},
    settlement::TenantBatch,
};

/// What became of a batch.
#[derive(Debug)]
pub(crate) enum Fate {
    /// It is durable.
    Committed,
    /// It was not written: the log is not as it was left, and at this epoch.
    Moved(Epoch),
    /// It certainly was not written, because of what is in it.
    Rejected(String),
    /// It certainly was not written.
    RolledBack(String),
    /// It was sent, and nothing certain was heard.
    Unknown(String),
}

impl Rows<'_> {
    /// Writes the rows and commits. Never cancelled: when the answer does not come in time, the
    /// commit may still happen.
    pub(crate) async fn commit(&self, link: &Link) -> Fate {
        link.hush();
        let mut writing = pin!(self.write(link));
        // Polled for the first time, everything is sent. What cannot be sent must not be missing
        // from what is committed; and everything may have been answered by then.
        let written = match futures::poll!(writing.as_mut()) {
            Poll::Ready(Err(error)) => return give_up(link, &error).await,
            Poll::Ready(Ok(rows)) => Some(rows),
            Poll::Pending => None,
        };
        // The commit is sent behind it, and does not wait for the answers.
        let commit = link.client.batch_execute("commit");
        let flight = async {
            match written {
                Some(rows) => (Ok(rows), commit.await),
                None => futures::join!(writing, commit),
            }
        };
        match tokio::time::timeout(link.patience, flight).await {
            Ok((written, committed)) => self.fate(link, written, committed),
            Err(_) => Fate::Unknown("the commit was not answered in time".to_owned()),
        }
    }

    /// Sends everything at once, nothing for a table that gets no row. The first statement to fail
    /// says why; those behind it only say that the transaction has failed.
    async fn write(&self, link: &Link) -> Result<[u64; 4], Error> {
        let statements = &link.statements;
        let forget = self.expired.forget(link, &statements.forget);
        let written = rows::write(link, &self.entries, &self.batches);
        let counters = self.counters.insert(link, &statements.spend);
        let uses = self.uses.insert(link, &statements.burn);
        let (_, [entries, batches], counters, uses) =
            futures::try_join!(forget, written, counters, uses)?;
        Ok([entries.unsigned_abs(), batches.unsigned_abs(), counters, uses])
    }

    /// A commit behind a failed write reports success and is a rollback, so the writes' own
    /// answers come first.
    fn fate(
        &self,
        link: &Link,
        written: Result<[u64; 4], Error>,
        committed: Result<(), Error>,
    ) -> Fate {
        let wanted = self.counts();
        match (written, committed) {
            (Err(error), _) if error.as_db_error().is_some() => refused(&error),
            (Err(error), _) => Fate::Unknown(error.to_string()),
            (Ok(_), Err(error)) => Fate::Unknown(error.to_string()),
            (Ok(_), Ok(())) if link.warned() => {
                Fate::Unknown("the database warned about the commit".to_owned())
            }
            (Ok(rows), Ok(())) if rows.map(|n| usize::try_from(n).unwrap_or(0)) != wanted => {
                Fate::Unknown(format!("{rows:?} rows were written of {wanted:?}"))
            }
            (Ok(_), Ok(())) => Fate::Committed,
        }
    }
}

/// No commit was sent: what was written goes, also with the connection.
async fn give_up(link: &Link, error: &Error) -> Fate {
    let usable = link.roll_back().await;
    match error.as_db_error() {
        Some(_) => refused(error),
        None if usable => Fate::Rejected(error.to_string()),
        None => Fate::RolledBack(error.to_string()),
    }
}

/// What the server said about the write. Classes 22 (data) and 23 (constraints) are about what is
/// in the batch; anything else is about the server.
pub(crate) fn refused(error: &Error) -> Fate {
    let text = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
    match error.code().map(|code| &code.code()[..2]) {
        Some("22" | "23") => Fate::Rejected(text),
        _ => Fate::RolledBack(text),
    }
}

/// The first entry of a tenant's part: what to look for when the commit was not seen.
pub(crate) fn first_entry<D: Deciding>(part: &TenantBatch<D>) -> Option<Unknown> {
    let record = part.records.first()?;
    Some(Unknown { index: signed(part.tree.before().size()), hash: record.hash.to_vec() })
}
