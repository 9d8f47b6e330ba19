use std::sync::Arc;

use chrono::{DateTime, Utc};
use gw_credentials::{
    CredentialError,
    capability::{Capability, Verified},
};

use gw_kernel::RootKeyId;

use crate::{CapabilityToken, RootKeySecret, Snapshot};

/// A capability whose signature was checked, bound to its text and to the key that checked it.
#[derive(Debug)]
pub struct VerifiedCapability {
    token_sha256: [u8; 32],
    root_key: Arc<RootKeySecret>,
    verified: Verified,
}

impl VerifiedCapability {
    /// What it says.
    #[must_use]
    pub const fn contents(&self) -> &Verified {
        &self.verified
    }

    /// The root key that its chain leads back to.
    #[must_use]
    pub fn root_key(&self) -> RootKeyId {
        self.root_key.id()
    }

    /// Takes the word of a record that this was verified under this key, as the token that stands
    /// for it. Nothing is verified here: this is for making a recorded decision again, and whoever
    /// decides for somebody must not use it.
    #[must_use]
    pub fn on_record(
        token: &CapabilityToken,
        root_key: Arc<RootKeySecret>,
        verified: Verified,
    ) -> Self {
        Self::supposed(token, root_key, verified)
    }

    /// The same for a simulation, of which nothing is recorded.
    pub(crate) const fn supposed(
        token: &CapabilityToken,
        root_key: Arc<RootKeySecret>,
        verified: Verified,
    ) -> Self {
        Self { token_sha256: *token.sha256(), root_key, verified }
    }

    pub(crate) fn is_of(&self, token_sha256: &[u8; 32]) -> bool {
        self.token_sha256 == *token_sha256
    }

    /// Checks a token under the snapshot's keys, or takes what is known of it from before.
    pub(crate) fn of(
        snapshot: &Snapshot,
        token: &CapabilityToken,
        now: DateTime<Utc>,
    ) -> Result<Arc<Self>, CredentialError> {
        if let Some(known) = token.known().filter(|known| known.still_holds(snapshot, now)) {
            return Ok(Arc::clone(known));
        }
        let capability = Capability::decode(token.text())?;
        if capability.claims.tenant != snapshot.tenant.to_string() {
            return Err(CredentialError::WrongTenant);
        }
        let root_key = root_key(snapshot, &capability, now).ok_or(CredentialError::Signature)?;
        let verified =
            capability.verify_with_statement(root_key.key(), root_key.statement_key())?;
        let root_key = Arc::clone(root_key);
        Ok(Arc::new(Self { token_sha256: *token.sha256(), root_key, verified }))
    }

    fn still_holds(&self, snapshot: &Snapshot, now: DateTime<Utc>) -> bool {
        let current = snapshot.root_keys.get(&self.root_key.id()).filter(|key| key.holds_at(now));
        current.is_some_and(|current| {
            Arc::ptr_eq(current, &self.root_key) || current.is_same(&self.root_key)
        })
    }
}

fn root_key<'a>(
    snapshot: &'a Snapshot,
    capability: &Capability,
    now: DateTime<Utc>,
) -> Option<&'a Arc<RootKeySecret>> {
    let id = capability.kid.as_deref()?.parse::<RootKeyId>().ok()?;
    snapshot.root_keys.get(&id).filter(|key| key.holds_at(now))
}
