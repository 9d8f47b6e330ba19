//! The decision: a pure function of an immutable snapshot, a question and a moment.
//!
//! [`decide`] runs the stages of one list, in order; the first that blocks ends it. It reads no
//! clock, no database and no network, and nothing it does can be seen from outside, so a decision
//! can be made again from what its record holds, and tested with plain values.
//!
//! What must be exact is not decided here but *named*: an [`Outcome`] carries [`Reservation`]s, and
//! [`settle`] takes them, all or none, from counters that were read while the tenant's head was
//! held. That is the second half of the same pure function: only its input comes later. A
//! reservation's class says when it is taken: what is *burnt* (the key of a check that may come
//! again) by every outcome that is recorded, once; what is *spent* (calls, rates, cost) on `allow`
//! only. Before anything is taken, [`repeats`] says whether the very same was decided before.
//!
//! Fail closed: what is missing, unreadable, unknown or not built yet blocks, and says why with a
//! code. A caller that may not ask at all gets a [`Refusal`], which leaves no record.
//!
//! A caller is an API key, or the agent itself. An agent that asks for itself is known by its
//! capability alone, so a signature that does not verify is a refusal there, and not a block: the
//! tenant that an unverified token names is only a claim, and nobody may write into its log.
//!
//! A kill switch is no policy but a stop: what it meets is blocked at every gate, also at one that
//! observes. A tenant's own switches are in the snapshot; the global one belongs to no tenant and
//! moves no epoch, so whoever holds the head says it last of all ([`Outcome::halt`]).
//!
//! Who only wants to know what would be decided supposes who asks and what is shown ([`simulate`]):
//! the stages and the settling are the same, and what comes of it is of a type that nothing records.
//!
//! A capability's signature need not be checked twice: an outcome carries what it verified, and a
//! later question may carry it again ([`CapabilityToken::verified_before`]). It counts only for the
//! very same token bytes, and only while the snapshot still holds the very same root key.

mod burn;
mod counters;
mod kill_switches;
mod ledger;
mod outcome;
mod question;
mod reason;
pub mod record;
mod refusal;
mod reservation;
mod revocations;
mod settle;
mod simulate;
mod snapshot;
mod spend;
mod stages;
mod standing;
mod uses;
mod verified;
mod words;

pub use burn::{Burn, Repetition, burn, repeats};
pub use counters::{Counter, Counters};
pub use kill_switches::{KillScope, KillSwitches};
pub use ledger::Ledger;
pub use outcome::{AccessMode, Caller, Outcome, StageOutcome, StageReport, Verdict};
pub use question::{
    CapabilityToken, GateRef, Idempotency, Presented, PresentedCaller, PresentedKey, Question,
};
pub use refusal::Refusal;
pub use reservation::Reservation;
pub use revocations::Revocations;
pub use settle::{Limit, Settled, settle};
pub use simulate::{Simulated, Simulation, Situation, Supposed, simulate};
pub use snapshot::{
    ApiKey, Gate, Mode, PreviousSecret, RootKeySecret, SecurityProfile, Signing, Snapshot,
    TenantState,
};
pub use spend::Spend;
pub use stages::{authenticate, decide};
pub use standing::{Left, Obstacle, budgets, left, obstacles};
pub use uses::{Use, Uses};
pub use verified::VerifiedCapability;
pub use words::UnknownWord;

/// The version of the pipeline, as every record names it.
pub const ENGINE: &str = "gw-decision/1";
