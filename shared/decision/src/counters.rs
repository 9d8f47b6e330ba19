use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::Spend;

/// How much of each limit is used, by counter key, as it was read while the head was held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters(HashMap<String, Counter>);

/// How much of one limit is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counter {
    /// How much.
    pub used: i64,
    /// When its window began, where what is used comes back.
    pub since: Option<DateTime<Utc>>,
}

impl Counters {
    /// Says how much of a limit is used. A key that is never set counts as unused.
    pub fn set(&mut self, key: String, counter: Counter) {
        self.0.insert(key, counter);
    }

    /// How much of a limit is used.
    #[must_use]
    pub fn used(&self, key: &str) -> i64 {
        self.get(key).used
    }

    fn get(&self, key: &str) -> Counter {
        self.0.get(key).copied().unwrap_or_default()
    }

    /// What a limit stands at in this moment. A window that is over has made room for another,
    /// which begins now.
    pub(crate) fn at(&self, spend: &Spend, now: DateTime<Utc>) -> Counter {
        let counter = self.get(&spend.counter_key());
        let Some(window) = spend.window() else { return counter };
        let ends = counter.since.and_then(|since| since.checked_add_signed(window));
        match ends {
            Some(ends) if now < ends => counter,
            _ => Counter { used: 0, since: Some(now) },
        }
    }
}
