use std::collections::HashMap;

use gw_contracts::Taken;

use super::{Counter, Finding, Problem};

/// Limits that never start anew: what one decision left is what the next one finds.
const LASTING: [&str; 2] = ["calls:", "cost:"];

/// Where the log left each limit.
#[derive(Debug, Default)]
pub(crate) struct Budgets(HashMap<String, Used>);

#[derive(Debug, Default)]
struct Used {
    used: i64,
    in_table: bool,
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
        let used = self.0.get(&taken.limit).map_or(0, |known| known.used);
        if used != taken.before {
            return Err(broken());
        }
        if taken.after > taken.before {
            self.0.entry(taken.limit.clone()).or_default().used = taken.after;
        }
        Ok(())
    }

    /// Holds a row of the table against the log.
    pub(crate) fn counter(&mut self, row: &Counter) -> Result<(), Finding> {
        if !lasts(&row.key) {
            return Ok(());
        }
        match self.0.get_mut(&row.key) {
            Some(known) if known.used == row.used => known.in_table = true,
            None if row.used == 0 => {}
            _ => return Err(Problem::Counter(row.key.clone()).anywhere()),
        }
        Ok(())
    }

    /// Demands that every limit that was taken from was in the table.
    pub(crate) fn finish(&self) -> Result<(), Finding> {
        let lost = self.0.iter().find(|(_, known)| !known.in_table);
        lost.map_or(Ok(()), |(limit, _)| Err(Problem::Counter(limit.clone()).anywhere()))
    }
}

fn lasts(limit: &str) -> bool {
    LASTING.iter().any(|prefix| limit.starts_with(prefix))
}
