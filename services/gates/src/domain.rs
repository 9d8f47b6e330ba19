//! What a gate is. No SQL, no HTTP, no async.

#[macro_use]
mod words;

mod changes;
mod filter;
mod gate;
mod keypair;
mod name;
mod new_gate;
mod profile;
mod reference;

pub(crate) use changes::GateChanges;
pub(crate) use filter::GateFilter;
pub(crate) use gate::Gate;
pub(crate) use keypair::{Keypair, KeypairState, SigningSeed, keypair_place};
pub(crate) use name::{GateName, GateNameError};
pub(crate) use new_gate::NewGate;
pub(crate) use profile::{GateState, Mode, SecurityProfile, Signing};
pub(crate) use reference::GateRef;
pub(crate) use words::UnknownWord;
