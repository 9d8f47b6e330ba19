use chrono::{DateTime, Utc};
use gw_kernel::TenantId;
use serde::Serialize;

/// What has been verified of a log that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whose log.
    pub tenant_id: TenantId,
    /// The log's origin.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The tree's root at that size, base64.
    pub root: String,
    /// Its epoch.
    pub epoch: i64,
    /// How many of the entries are decisions.
    pub decisions: u64,
    /// How many of the decisions have no body any more, being past the tenant's retention: their
    /// leaves were verified, and what they said was not.
    pub forgotten: u64,
    /// How many batches it was written in.
    pub batches: u64,
    /// How many checkpoints are stored.
    pub checkpoints: u64,
    /// How many entries lie past the newest stored checkpoint, where no signature covers them yet.
    pub unsigned: u64,
    /// When its newest batch was written.
    pub newest_at: Option<DateTime<Utc>>,
    /// How many earlier checkpoints and receipts it was held against.
    pub anchors: usize,
}
