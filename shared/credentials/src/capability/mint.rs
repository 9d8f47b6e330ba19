use chrono::{DateTime, Utc};
use gw_kernel::RootKeyId;

use super::{Claims, NewCaveat};
use crate::CredentialError;

/// Makes a token under a tenant's root key.
#[must_use]
pub fn mint(
    root_key: &[u8; 32],
    claims: &Claims,
    caveats: &[NewCaveat],
    kid: RootKeyId,
) -> String {
    let _ = (root_key, claims, caveats, kid);
    todo!()
}

/// Appends caveats to a token, as its holder: no key is needed.
///
/// # Errors
/// When the parent cannot be read, or the child would pass the caps.
pub fn attenuate(token: &str, caveats: &[NewCaveat]) -> Result<String, CredentialError> {
    let _ = (token, caveats);
    todo!()
}

/// A token's id: base64url of the Unix seconds (4 bytes, big endian) and 12 random bytes.
#[must_use]
pub fn new_jti(now: DateTime<Utc>, random: [u8; 12]) -> String {
    let _ = (now, random);
    todo!()
}
