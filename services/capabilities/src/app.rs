//! One file for each thing that a caller can ask for; one transaction each.

mod list_revocations;
mod list_root_keys;
mod mint_capability;
mod retire_root_key;
mod revoke_capability;
mod root_key;
mod rotate_root_key;

pub(crate) use list_revocations::list_revocations;
pub(crate) use list_root_keys::list_root_keys;
pub(crate) use mint_capability::{Minted, mint_capability};
pub(crate) use retire_root_key::retire_root_key;
pub(crate) use revoke_capability::revoke_capability;
pub(crate) use rotate_root_key::rotate_root_key;
