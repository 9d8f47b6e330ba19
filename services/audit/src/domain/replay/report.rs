use gw_kernel::TenantId;
use serde::Serialize;

/// What came of deciding a log's decisions again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// Whose log.
    pub tenant_id: TenantId,
    /// How many entries were read, from the log's beginning.
    pub entries: i64,
    /// The epoch behind the last of them.
    pub epoch: i64,
    /// How many decisions were made again.
    pub replayed: u64,
    /// How many of them came out as they are recorded, to the byte.
    pub agreed: u64,
    /// How many did not.
    pub disagreed: u64,
    /// How many decisions another version of the pipeline made: they cannot be made again here.
    pub other_engine: u64,
    /// How many decisions have no body any more.
    pub no_body: u64,
    /// What the records were believed.
    pub on_trust: OnTrust,
    /// Where and why nothing behind it could be decided again.
    pub stopped: Option<StoppedAt>,
}

/// What no log can hold, and so was taken from the records: how often.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OnTrust {
    /// That the caller's API key had the right secret.
    pub caller_secrets: u64,
    /// That a capability's signature was good.
    pub capability_signatures: u64,
    /// That a capability could not be read or its signature was not good: which of these.
    pub refused_capabilities: u64,
    /// Where a counter stood, behind decisions that have no body any more.
    pub counters: u64,
    /// That everything was halted: the platform's log says who did that, and when.
    pub global_halts: u64,
}

/// The place where a replay ended too early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoppedAt {
    /// The position that it did not get past.
    pub position: i64,
    /// Why.
    pub why: String,
}

/// Why nothing from here on can be decided again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Stopped(pub(super) std::borrow::Cow<'static, str>);

impl Stopped {
    /// Positions or batches do not follow one another.
    pub(crate) const MISSING: Self = Self::because("the log has a gap here: see `audit verify`");

    /// Stops with this sentence.
    pub(super) const fn because(why: &'static str) -> Self {
        Self(std::borrow::Cow::Borrowed(why))
    }
}

impl Replay {
    /// Whether everything that was to be decided again was, and came out as recorded.
    #[must_use]
    pub const fn agrees(&self) -> bool {
        self.disagreed == 0 && self.stopped.is_none()
    }
}
