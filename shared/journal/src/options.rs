//! What the journal can be told, and what it tells of itself.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

/// How the journal reaches the database, and how much it takes on.
#[derive(Debug, Clone)]
pub struct JournalOptions {
    /// The database, as role `gw_journal`.
    pub connect: PgConnectOptions,
    /// Connections that carry batches of many tenants; one per spare core.
    pub lanes: usize,
    /// Connections that wait for one tenant's head at a time.
    pub sides: usize,
    /// Checks that may wait, an eighth of them of one tenant; beyond it they are turned away at
    /// once.
    pub queue: usize,
    /// After this long without an answer from the database, a connection counts as lost.
    pub commit_timeout: Duration,
}

impl JournalOptions {
    /// One lane, two side connections, room for 4,096 checks, and two seconds of patience.
    #[must_use]
    pub fn new(connect: PgConnectOptions) -> Self {
        Self { connect, lanes: 1, sides: 2, queue: 4096, commit_timeout: Duration::from_secs(2) }
    }
}

/// How the journal is doing: for readiness and for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Lanes in all.
    pub lanes: usize,
    /// Lanes that have a connection.
    pub lanes_connected: usize,
    /// Side connections that are up.
    pub sides_connected: usize,
    /// Checks that wait, or are being written.
    pub queued: usize,
    /// Tenants that left the lanes for a side connection: their head is held by somebody else.
    pub tenants_aside: usize,
    /// Tenants whose log was found shorter than it had been.
    pub tenants_regressed: usize,
    /// Whether the log has a partition for tomorrow.
    pub tomorrow: bool,
}

impl Health {
    /// Whether checks can be recorded.
    #[must_use]
    pub const fn ready(&self) -> bool {
        self.lanes_connected > 0 && self.sides_connected > 0 && self.tomorrow
    }
}
