//! What minting and revoking mean. No SQL, no HTTP, no async.

mod mint_order;
mod revocation;
mod root_key;

pub(crate) use mint_order::{MAX_LIMIT, MAX_TTL_SECONDS, MintOrder, TenantName};
pub(crate) use revocation::Revocation;
pub(crate) use root_key::RootKey;
