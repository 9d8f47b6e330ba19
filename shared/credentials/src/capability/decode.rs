use super::Caveat;
use crate::CredentialError;

/// A capability that has been read, and not verified: nothing in it can be relied on yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// What its issuer says.
    pub claims: Claims,
    /// The id of the root key that its issuer used, as text; outside the signed chain.
    pub kid: Option<String>,
    /// The caveats, in order.
    pub caveats: Vec<Caveat>,
    pub(super) signature: [u8; 32],
}

/// The signed claims of a capability. A child has its root's: only caveats are appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The token's id; a child keeps its parent's.
    pub jti: String,
    /// The id of the root of the chain.
    pub root_jti: String,
    /// Who minted it, as a name.
    pub iss: String,
    /// The tenant it was minted in: the id's text.
    pub tenant: String,
    /// The zone it was minted in.
    pub zone: String,
    /// The agent.
    pub sub: String,
    /// When it was minted, in Unix seconds; not zero.
    pub iat: i64,
    /// Not valid before, in Unix seconds; zero means always.
    pub nbf: i64,
}

impl Capability {
    /// Reads a token: base64url without padding, strict JSON, version 4, no unknown caveat members.
    ///
    /// # Errors
    /// `credential.too_large` beyond the caps, `credential.malformed` for anything else that is
    /// not exactly a capability.
    pub fn decode(token: &str) -> Result<Self, CredentialError> {
        let _ = token;
        todo!()
    }
}
