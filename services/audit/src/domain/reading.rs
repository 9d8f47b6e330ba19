//! What the next stretch of a log says beside its entries, and what has to be read of them.

use std::ops::Range;

use chrono::NaiveDate;
use gw_contracts::TallyLine;
use serde_json::Value;

/// A batch, as far as it is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Followed {
    pub(crate) prev: i64,
    pub(crate) size: i64,
    pub(crate) epoch: i64,
    pub(crate) day: NaiveDate,
    /// What its entries count as, if it says so: nothing about it is believed yet.
    pub(crate) tally: Option<Value>,
}

/// A whole batch whose tally accounts for each of its entries: all of them are decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tallied {
    pub(crate) entries: Range<i64>,
    pub(crate) epoch: i64,
    pub(crate) day: NaiveDate,
    pub(crate) lines: Vec<TallyLine>,
}

/// Positions that follow one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// They are counted, unread.
    Tallied(Tallied),
    /// Each of them is read.
    Read(Range<i64>),
}

/// How a stretch of a log is digested: its parts follow one another without a gap.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) parts: Vec<Part>,
    /// Where batches begin whose tallies do not account for their entries.
    pub(crate) doubted: Vec<i64>,
    next: i64,
    /// So many entries may still be read.
    left: i64,
}

impl Reading {
    /// The entries from a position on, as these batches divide them, up to where more than so many
    /// would have to be read.
    ///
    /// A batch counts by its tally as a whole or not at all: of one that the stretch begins in the
    /// middle of, the rest is read. What no tally accounts for is read: batches of administrative
    /// entries, those of releases that wrote no tallies, those that hold anything besides the
    /// decisions that they count, and what lies between batches, where one is missing.
    pub(crate) fn of(next: i64, most: i64, batches: Vec<Followed>) -> Self {
        let mut reading = Self { parts: Vec::new(), doubted: Vec::new(), next, left: most };
        for batch in batches {
            reading.read(batch.prev);
            let whole = batch.prev == reading.next;
            let tally = batch.tally.as_ref().filter(|_| whole);
            let lines = tally.and_then(|tally| TallyLine::all(tally, batch.size - batch.prev));
            if tally.is_some() && lines.is_none() {
                reading.doubted.push(batch.prev);
            }
            match lines {
                Some(lines) => reading.count(batch, lines),
                None => reading.read(batch.size),
            }
        }
        reading
    }

    /// The positions to read, each stretch of them apart.
    pub(crate) fn to_read(&self) -> impl Iterator<Item = &Range<i64>> {
        self.parts.iter().filter_map(|part| match part {
            Part::Read(range) => Some(range),
            Part::Tallied(_) => None,
        })
    }

    /// Has entries read up to this position, or as far as may be.
    fn read(&mut self, until: i64) {
        let range = self.next..until.min(self.next + self.left);
        if range.is_empty() {
            return;
        }
        self.left -= range.end - range.start;
        self.next = range.end;
        match self.parts.last_mut() {
            Some(Part::Read(before)) => before.end = range.end,
            _ => self.parts.push(Part::Read(range)),
        }
    }

    fn count(&mut self, batch: Followed, lines: Vec<TallyLine>) {
        let Followed { prev, size, epoch, day, .. } = batch;
        self.parts.push(Part::Tallied(Tallied { entries: prev..size, epoch, day, lines }));
        self.next = size;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const DAY: NaiveDate = NaiveDate::MIN;

    /// A batch whose tally accounts for so many entries.
    fn tallied(prev: i64, size: i64, counts: &[i64]) -> Followed {
        let gate = Uuid::nil();
        let line =
            |count| json!({ "gate": gate, "decision": "allow", "caller": "agent", "count": count });
        let tally = Some(counts.iter().map(line).collect());
        Followed { prev, size, epoch: 0, day: DAY, tally }
    }

    fn untold(prev: i64, size: i64) -> Followed {
        Followed { prev, size, epoch: 0, day: DAY, tally: None }
    }

    /// The parts, in short: `=` before what is counted.
    fn parts(next: i64, most: i64, batches: &[Followed]) -> (String, Vec<i64>) {
        let reading = Reading::of(next, most, batches.to_vec());
        let parts = reading.parts.iter().map(|part| match part {
            Part::Tallied(batch) => format!("={:?}", batch.entries),
            Part::Read(range) => format!("{range:?}"),
        });
        (parts.collect::<Vec<_>>().join(" "), reading.doubted)
    }

    #[test]
    fn what_a_tally_accounts_for_is_not_read() {
        let batches = [
            untold(0, 1),
            untold(1, 4),
            tallied(4, 9, &[2, 3]),
            tallied(9, 10, &[1]),
            untold(10, 12),
        ];
        let said = |next, most| parts(next, most, &batches).0;
        assert_eq!(said(0, 100), "0..4 =4..9 =9..10 10..12");
        assert_eq!(said(0, 3), "0..3");
        assert_eq!(said(3, 1), "3..4 =4..9 =9..10");
        assert_eq!(said(4, 1), "=4..9 =9..10 10..11");
        assert_eq!(said(5, 100), "5..9 =9..10 10..12", "the rest of a batch is read");
        assert_eq!(said(5, 2), "5..7");
        assert_eq!(said(9, 100), "=9..10 10..12");
        assert_eq!(said(12, 100), "");
    }

    #[test]
    fn a_tally_that_does_not_add_up_is_not_believed() {
        let batches = [tallied(0, 5, &[4]), tallied(5, 9, &[4]), tallied(9, 10, &[2])];
        assert_eq!(parts(0, 100, &batches), ("0..5 =5..9 9..10".to_owned(), vec![0, 9]));
        let whole = Followed { tally: Some(json!("five")), ..untold(0, 5) };
        assert_eq!(parts(0, 100, &[whole]), ("0..5".to_owned(), vec![0]));
    }

    /// Whether entries are there is seen when they are read.
    #[test]
    fn where_batches_do_not_join_entries_are_read() {
        let (one, other) = (tallied(0, 5, &[5]), tallied(8, 9, &[1]));
        assert_eq!(parts(0, 100, &[one.clone(), other.clone()]).0, "=0..5 5..8 =8..9");
        assert_eq!(parts(0, 100, &[one.clone(), tallied(3, 9, &[6]), other]).0, "=0..5 5..9");
        assert_eq!(parts(0, 1, &[one.clone(), tallied(20, 21, &[1])]).0, "=0..5 5..6");
        assert_eq!(parts(0, 100, &[one.clone(), one]).0, "=0..5");
    }
}
