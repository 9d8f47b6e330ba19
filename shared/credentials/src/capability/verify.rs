use super::{Capability, Caveat};
use crate::CredentialError;

/// A capability whose chain leads from the tenant's root key to its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The token's id.
    pub jti: String,
    /// The id of the root of its chain (`root_jti`).
    pub root_id: String,
    /// Who minted it, as a name.
    pub issuer: String,
    /// The agent.
    pub subject: String,
    /// The tenant it was minted in: the id's text.
    pub tenant: String,
    /// The zone it was minted in.
    pub zone: String,
    /// Not valid before, in Unix seconds; zero means always.
    pub nbf: i64,
    /// One id per caveat, in order: base64url of the first 16 bytes of SHA-256 of the signature
    /// that includes it. Siblings differ from that caveat on.
    pub hops: Vec<String>,
    /// Every `max_calls` of the chain, under its hop id.
    pub budgets: Vec<CallBudget>,
    /// The caveats' JSON, byte for byte as it was received.
    pub caveats_raw: Vec<String>,
    pub(super) caveats: Vec<Caveat>,
}

/// A number of calls that one caveat of a chain allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallBudget {
    /// The caveat's hop id.
    pub hop: String,
    /// How many calls, never negative.
    pub max_calls: i64,
}

impl Capability {
    /// Follows the chain from the root key, in every spelling in use, and compares its end with the
    /// signature in constant time.
    ///
    /// # Errors
    /// `credential.signature` when no spelling leads there.
    pub fn verify(&self, root_key: &[u8; 32]) -> Result<Verified, CredentialError> {
        let _ = root_key;
        todo!()
    }
}
