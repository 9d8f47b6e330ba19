use std::collections::HashMap;

use gw_contracts::Taken;

use super::{Counter, Finding, Problem};

/// Limits that never start anew: what one decision left is what the next one finds.
const LASTING: [&str; 2] = ["calls:", "cost:"];

/// Where the log left each limit.
#[derive(Debug, Default)]
pub(crate) struct Budgets {
    known: HashMap<String, Used>,
    /// How many decisions there were of which it is not known any more what they took.
    forgotten: u64,
}

#[derive(Debug, Default)]
struct Used {
    used: i64,
    in_table: bool,
    /// How many decisions were forgotten when this was last told.
    told_at: u64,
}

impl Budgets {
    /// Takes what a record says it took; only what enforcement allows spends.
    pub(crate) fn take(&mut self, taken: &Taken, spends: bool) -> Result<(), Problem> {
        let broken = || Problem::Count(taken.limit.clone());
        if taken.before < 0
            || taken.after < taken.before
            || (!spends && taken.after != taken.before)
        {
            return Err(broken());
        }
        if !lasts(&taken.limit) {
            return Ok(());
        }
        // What was never taken is not remembered: a budget of none costs no memory.
        let known = self.known.get(&taken.limit);
        let (used, told_at) = known.map_or((0, 0), |known| (known.used, known.told_at));
        let forgotten = told_at < self.forgotten;
        if taken.before < used || (taken.before > used && !forgotten) {
            return Err(broken());
        }
        if taken.after > taken.before || (forgotten && taken.after > 0) {
            let known = self.known.entry(taken.limit.clone()).or_default();
            (known.used, known.told_at) = (taken.after, self.forgotten);
        }
        Ok(())
    }

    /// A decision is gone that may have taken from any limit: the next word on each is believed, as
    /// long as it does not take back what was taken before.
    pub(crate) fn forget(&mut self) {
        self.forgotten += 1;
    }

    /// Holds a row of the table against the log.
    pub(crate) fn counter(&mut self, row: &Counter) -> Result<(), Finding> {
        if !lasts(&row.key) {
            return Ok(());
        }
        let forgotten = self.forgotten;
        let holds = |known: &Used| {
            row.used == known.used || (row.used > known.used && known.told_at < forgotten)
        };
        match self.known.get_mut(&row.key) {
            Some(known) if holds(known) => known.in_table = true,
            None if row.used == 0 || forgotten > 0 => {}
            _ => return Err(Problem::Counter(row.key.clone()).anywhere()),
        }
        Ok(())
    }

    /// Demands that every limit that was taken from was in the table.
    pub(crate) fn finish(&self) -> Result<(), Finding> {
        let lost = self.known.iter().find(|(_, known)| !known.in_table);
        lost.map_or(Ok(()), |(limit, _)| Err(Problem::Counter(limit.clone()).anywhere()))
    }
}

fn lasts(limit: &str) -> bool {
    LASTING.iter().any(|prefix| limit.starts_with(prefix))
}
