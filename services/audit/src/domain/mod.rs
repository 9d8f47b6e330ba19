//! What a log has to be, and what it says. No SQL, no async, no clock.

mod anchor;
mod budgets;
mod change;
mod checkpoint;
mod counts;
mod decision;
mod entry;
mod finding;
mod gates;
mod ids;
mod keyring;
mod keys_given;
mod kill_switches;
mod reading;
mod refusals;
mod replay;
mod report;
mod retention;
mod rows;
mod stretch;
mod usage;
mod verifier;

pub(crate) use change::{Change, ChangeActor, ChangeFilter, Compared, State, Step, Told};
pub(crate) use reading::{Followed, Part, Reading, Tallied};
pub(crate) use stretch::{Cursor, Fact, OutOfOrder, Standing, Stretch};
pub(crate) use usage::{
    Administrative, Decisions, Dimension, Resource, Tally, Usage, UsageQuestion,
    UsageQuestionError, Used,
};

pub use anchor::{Anchor, AnchorError};
pub use finding::{Finding, Problem};
pub use ids::UniqueIds;
pub use keyring::{GateKeyRow, Keyring, LogKeyRow};
pub use replay::{
    Difference, Disagreement, History, OnTrust, Replay, Replayer, Stopped, StoppedAt, Unlearnt,
};
pub use report::Report;
pub use rows::{Batch, Counter, Entry};
pub use verifier::Verifier;
