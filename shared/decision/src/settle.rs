use std::collections::HashMap;

use gw_contracts::Taken;

use crate::Outcome;

/// How much of each limit is used, by counter key, as it was read while the head was held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters(HashMap<String, i64>);

impl Counters {
    /// Says how much of a limit is used. A key that is never set counts as unused.
    pub fn set(&mut self, key: String, used: i64) {
        self.0.insert(key, used);
    }

    /// How much of a limit is used.
    #[must_use]
    pub fn used(&self, key: &str) -> i64 {
        self.0.get(key).copied().unwrap_or(0)
    }
}

/// An outcome after its reservations were taken, or refused.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The outcome as it is answered.
    pub outcome: Outcome,
    /// Every limit it named, before and after; equal where nothing was taken.
    pub taken: Vec<Taken>,
    /// The counters to write, with their new values.
    pub writes: Vec<(String, i64)>,
}

/// Takes what an outcome names from the counters: all of it or nothing, and only on `allow`.
#[must_use]
pub fn settle(counters: &mut Counters, outcome: Outcome) -> Settled {
    let _ = (counters, outcome);
    todo!()
}
