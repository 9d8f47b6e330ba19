//! One file for each thing that a caller can ask for; one transaction each.

mod list_revocations;
mod mint_capability;
mod revoke_capability;
mod root_key;

pub(crate) use list_revocations::list_revocations;
pub(crate) use mint_capability::{Minted, mint_capability};
pub(crate) use revoke_capability::revoke_capability;
