//! What minting and revoking mean. No SQL, no HTTP, no async.

mod mint_order;
mod revocation;
mod revocation_filter;
mod root_key;
mod statement_key;

pub(crate) use mint_order::{MAX_LIMIT, MAX_TTL_SECONDS, MintOrder, TenantName};
pub(crate) use revocation::{
    Kind, MAX_ID_BYTES, MAX_TOGETHER, Revocation, RevokeOrder, Selected, forgotten_before, revoked,
};
pub(crate) use revocation_filter::RevocationFilter;
pub(crate) use root_key::{RootKey, RootKeyState, root_key_place};
pub(crate) use statement_key::{StatementKey, statement_key_place};
