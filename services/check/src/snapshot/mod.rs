//! What checks are decided from: per tenant one immutable state behind an atomic pointer.
//!
//! A check takes the pointer and touches no database to decide. The label that a state carries is
//! the epoch of the very transaction that read it, so a label is never newer than its contents:
//! whoever compares it with the epoch under the head knows whether it is current.

mod build;
mod cache;
mod cell;
mod doors;
mod error;
mod load;
mod loaded;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use cache::Snapshots;
pub(crate) use doors::Doors;
pub(crate) use error::SnapshotError;
pub(crate) use load::Place;
pub(crate) use loaded::{GateSigner, Loaded};
