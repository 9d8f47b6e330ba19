use chrono::{DateTime, Utc};
use gw_contracts::CapabilityRevokedV1;
use gw_kernel::Author;
use uuid::Uuid;

/// A token's id that is refused in its tenant, with everything attenuated from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revocation {
    /// Orders the list; UUIDv7.
    pub(crate) id: Uuid,
    /// The token's id: any text, whether or not it was minted here.
    pub(crate) jti: String,
    /// Why, in the operator's words.
    pub(crate) reason: Option<String>,
    pub(crate) revoked_at: DateTime<Utc>,
    pub(crate) revoked_by: Author,
}

impl Revocation {
    /// The fact that it is refused from now on.
    pub(crate) fn event(&self) -> CapabilityRevokedV1 {
        CapabilityRevokedV1 {
            jti: self.jti.clone(),
            revoked_at: self.revoked_at,
            reason: self.reason.clone(),
        }
    }
}
