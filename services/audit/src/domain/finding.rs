use std::fmt;

/// The first thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Finding {
    /// Where in the log, if it is at one place.
    pub position: Option<i64>,
    /// What.
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "position {position}: {}", self.problem),
            None => self.problem.fmt(f),
        }
    }
}

/// What can be wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is nothing that a log of this tenant could be verified with.
    #[error("the database has no log key of this tenant")]
    NoLog,
    /// The tenant's data key is missing, or is not one that the root key sealed.
    #[error("the tenant's data key does not open under the root key")]
    DataKey,
    /// A key whose private half, under the root key, is another one or none.
    #[error("the public key of {0} is not the one whose private half is sealed beside it")]
    ForeignKey(String),
    /// The log's key is not the one that was expected from outside.
    #[error("the log's key is not the one that was given")]
    OtherLogKey,
    /// No entry where one has to be.
    #[error("an entry is missing here")]
    Missing,
    /// More than one entry, or one outside of every batch.
    #[error("there is an entry too many here")]
    Surplus,
    /// Batches that do not follow one another.
    #[error("the batches do not join here")]
    Gap,
    /// A batch whose clock goes back.
    #[error("the batch's time lies before the one ahead of it")]
    Backwards,
    /// An entry in another day's partition.
    #[error("the entry lies in another day's partition than its batch")]
    Day,
    /// An entry without its body, for which no retention that the log tells of is the reason.
    #[error("the entry's body is missing, and no retention of this log explains it")]
    NoBody,
    /// The stored hash is not the body's.
    #[error("the stored hash is not that of the body")]
    Hash,
    /// The body is no event in the one form that is logged.
    #[error("the body is not an event in RFC 8785 form")]
    Form,
    /// A type that this build does not know.
    #[error(
        "the event's type `{0}` is not one that this build knows; where a newer release has \
         written to this log, verify it with that"
    )]
    UnknownKind(String),
    /// A column beside the body says something else than the body.
    #[error("the column `{0}` does not agree with the body")]
    Column(&'static str),
    /// The body contradicts itself, or its place.
    #[error("the body's `{0}` is not what it must be here")]
    Member(&'static str),
    /// The log does not begin with its tenant.
    #[error("the log does not begin with the creation of its tenant and its own key")]
    Beginning,
    /// A decision made from a configuration that had passed.
    #[error("the decision was made at epoch {made_at}, and the epoch here is {epoch}")]
    Stale {
        /// The epoch that the record names.
        made_at: i64,
        /// The epoch at its position.
        epoch: i64,
    },
    /// A decision that lets through what a kill switch met, or names a switch that is not engaged.
    #[error("the decision does not agree with the kill switches that are engaged here: {0}")]
    KillSwitch(&'static str),
    /// A decision of a gate that the log does not know.
    #[error("the log knows no such gate before this decision")]
    UnknownGate,
    /// A decision of a gate that is archived.
    #[error("the gate is archived here, and decides nothing")]
    ArchivedGate,
    /// A key that may not sign here.
    #[error("the key {0} may not sign at this position")]
    KeyOutside(String),
    /// The gate's signature is missing or does not verify.
    #[error("the gate's signature does not verify")]
    Signature,
    /// A limit whose count does not go on from where it was.
    #[error("the count of `{0}` does not go on from where the log left it")]
    Count(String),
    /// An `allow` under a key whose first decision is its answer.
    #[error(
        "its caller's key was taken by the decision at position {0}, and this one allows again"
    )]
    Repeated(i64),
    /// A counter in the table that is not what the log says.
    #[error("the counter `{0}` is not what the log says was taken")]
    Counter(String),
    /// Refusals that a replica had counted before.
    #[error("refusals of `{0}` are counted twice for one minute, or out of order")]
    CountedTwice(String),
    /// The table says of a loss of entries what the log does not, or the other way round.
    #[error("what the table says of an acknowledged loss of entries is not what the log says")]
    Acknowledgement,
    /// The stored frontier is not that of the entries.
    #[error("the batch's frontier is not that of its entries")]
    Frontier,
    /// The stored epoch is not that of the entries.
    #[error("the batch's epoch is not that of its entries")]
    Epoch,
    /// A batch of decisions without a checkpoint, or a mixed one.
    #[error("a batch of decisions has nothing but them, and a checkpoint")]
    Unsigned,
    /// The stored checkpoint is not the log's, of this size and root.
    #[error("the batch's checkpoint does not hold: {0}")]
    Checkpoint(String),
    /// A tally that is not of the batch's entries.
    #[error("the batch's tally is not what its records say")]
    Tally,
    /// A gate that co-signs did not.
    #[error("the gate {0} has not co-signed the checkpoint")]
    NotCosigned(String),
    /// Two entries with one id.
    #[error("two entries have the id {0}")]
    SameId(uuid::Uuid),
    /// A key pair of which no entry of the log tells what the table says.
    #[error("no entry of the log tells what the table says of the key {0}")]
    UnknownKey(String),
    /// Something older that the log no longer contains.
    #[error("{name}: {why}")]
    Anchor {
        /// What it was given as.
        name: String,
        /// Why the log does not bear it out.
        why: String,
    },
}

impl Problem {
    /// The finding of this at a position.
    pub(crate) const fn at(self, position: i64) -> Finding {
        Finding { position: Some(position), problem: self }
    }

    /// The finding of this, at no one place.
    pub(crate) const fn anywhere(self) -> Finding {
        Finding { position: None, problem: self }
    }

    /// A stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoLog => "log.none",
            Self::DataKey => "key.data",
            Self::ForeignKey(_) => "key.foreign",
            Self::OtherLogKey => "key.other_log",
            Self::Missing => "position.missing",
            Self::Surplus => "position.surplus",
            Self::Gap => "batch.gap",
            Self::Backwards => "batch.backwards",
            Self::Day => "entry.day",
            Self::NoBody => "entry.no_body",
            Self::Hash => "entry.hash",
            Self::Form => "entry.form",
            Self::UnknownKind(_) => "entry.unknown_kind",
            Self::Column(_) => "entry.column",
            Self::Member(_) => "entry.member",
            Self::Beginning => "log.beginning",
            Self::Stale { .. } => "decision.stale",
            Self::KillSwitch(_) => "decision.kill_switch",
            Self::UnknownGate => "decision.unknown_gate",
            Self::ArchivedGate => "decision.archived_gate",
            Self::KeyOutside(_) => "key.outside",
            Self::Signature => "decision.signature",
            Self::Count(_) => "budget.count",
            Self::Repeated(_) => "decision.repeated",
            Self::Counter(_) => "budget.counter",
            Self::CountedTwice(_) => "refusal.twice",
            Self::Acknowledgement => "log.acknowledgement",
            Self::Frontier => "batch.frontier",
            Self::Epoch => "batch.epoch",
            Self::Unsigned => "batch.unsigned",
            Self::Checkpoint(_) => "batch.checkpoint",
            Self::Tally => "batch.tally",
            Self::NotCosigned(_) => "batch.not_cosigned",
            Self::SameId(_) => "entry.same_id",
            Self::UnknownKey(_) => "key.unknown",
            Self::Anchor { .. } => "anchor.contradicted",
        }
    }
}
