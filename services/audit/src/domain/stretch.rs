//! The entries of a log from a cursor on, digested together.

use chrono::NaiveDate;
use gw_kernel::Epoch;
use uuid::Uuid;

use super::{Tallied, Tally, Told};

/// How far a tenant's log has been digested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Every entry below this position.
    pub(crate) next: i64,
    /// The day of the newest of them: positions and days rise together.
    pub(crate) day: NaiveDate,
    /// The epoch after them.
    pub(crate) epoch: Epoch,
}

/// How far a tenant's log has been digested, and how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Every entry below this position.
    pub(crate) known_to: i64,
    /// How many entries the log has.
    pub(crate) size: i64,
}

/// An entry, as far as it is digested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) idx: i64,
    pub(crate) day: NaiveDate,
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) gate_id: Option<Uuid>,
    pub(crate) moves_epoch: bool,
    /// None once it is past its retention.
    pub(crate) body: Option<Vec<u8>>,
}

/// Entries that follow one another, read.
#[derive(Debug)]
pub(crate) struct Stretch {
    /// Where the next one begins.
    pub(crate) cursor: Cursor,
    /// The administrative ones.
    pub(crate) told: Vec<Told>,
    /// All of them, counted.
    pub(crate) tally: Tally,
}

/// The entry at a position is missing, or is there twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the log has no entry, or more than one, at position {0}")]
pub(crate) struct OutOfOrder(pub(crate) i64);

impl Stretch {
    /// Nothing yet, behind a cursor.
    pub(crate) fn at(cursor: Cursor) -> Self {
        Self { cursor, told: Vec::new(), tally: Tally::default() }
    }

    /// Reads the next entries. Each follows the one before, so none is left out and none is seen
    /// twice.
    pub(crate) fn read(&mut self, facts: &[Fact]) -> Result<(), OutOfOrder> {
        facts.iter().try_for_each(|fact| self.take(fact))
    }

    /// Counts the next batch, unread.
    pub(crate) fn count(&mut self, batch: &Tallied) -> Result<(), OutOfOrder> {
        self.expects(batch.entries.start)?;
        let (next, day, epoch) = (batch.entries.end, batch.day, Epoch(batch.epoch));
        self.cursor = Cursor { next, day, epoch };
        self.tally.count(day, &batch.lines);
        Ok(())
    }

    /// The next entry is at this position: none before it is missing.
    pub(crate) fn expects(&self, position: i64) -> Result<(), OutOfOrder> {
        let next = self.cursor.next;
        if next == position { Ok(()) } else { Err(OutOfOrder(next)) }
    }

    fn take(&mut self, fact: &Fact) -> Result<(), OutOfOrder> {
        self.expects(fact.idx)?;
        let cursor = &mut self.cursor;
        cursor.next += 1;
        cursor.day = fact.day;
        if fact.moves_epoch {
            cursor.epoch = Epoch(cursor.next);
        }
        self.told.extend(Told::read(fact, cursor.epoch));
        self.tally.take(fact);
        Ok(())
    }

    /// What the administrative entries are about, each once.
    pub(crate) fn objects(&self) -> Vec<String> {
        let mut objects: Vec<_> = self.told.iter().map(|told| told.object.clone()).collect();
        objects.sort_unstable();
        objects.dedup();
        objects
    }
}
