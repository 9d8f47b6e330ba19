use std::collections::HashMap;

use chrono::{DateTime, Utc};
use gw_crypto::Hash;

/// What was taken once, by its key, as it was read while the head was held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses(HashMap<String, Use>);

/// Something that was taken once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The position of the record that took it.
    pub index: u64,
    /// Of what was asked.
    pub fingerprint: Hash,
    /// From when on it is free again, by the batches' clock.
    pub expires_at: DateTime<Utc>,
    /// What the caller was told besides the record, as the deciding side wrote it.
    pub told: Vec<u8>,
}

impl Uses {
    /// Says what took a key. One that is never set is free.
    pub fn set(&mut self, key: String, taken: Use) {
        self.0.insert(key, taken);
    }

    /// What took a key, if it is still taken.
    #[must_use]
    pub fn at(&self, key: &str, now: DateTime<Utc>) -> Option<&Use> {
        self.0.get(key).filter(|taken| now < taken.expires_at)
    }
}
