use std::fmt;

use serde::{Deserialize, Serialize};

/// The log position after a tenant's last configuration change; zero before the first.
///
/// An entry at index *i* that moves the epoch makes it *i + 1*. Every write answers with the
/// epoch it made, and every decision names the one it was made at.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct Epoch(pub i64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
