use std::sync::Arc;

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

    pub(crate) fn is_of(&self, token_sha256: &[u8; 32]) -> bool {
        self.token_sha256 == *token_sha256
    }

    /// Checks a token under the snapshot's keys, or takes what is known of it from before.
    pub(crate) fn of(
        snapshot: &Snapshot,
        token: &CapabilityToken,
    ) -> Result<Arc<Self>, CredentialError> {
        if let Some(known) = token.known().filter(|known| known.still_holds(snapshot)) {
            return Ok(Arc::clone(known));
        }
        let capability = Capability::decode(token.text())?;
        if capability.claims.tenant != snapshot.tenant.to_string() {
            return Err(CredentialError::WrongTenant);
        }
        let root_key = root_key(snapshot, &capability).ok_or(CredentialError::Signature)?;
        let verified = capability.verify(root_key.key())?;
        let root_key = Arc::clone(root_key);
        Ok(Arc::new(Self { token_sha256: *token.sha256(), root_key, verified }))
    }

    fn still_holds(&self, snapshot: &Snapshot) -> bool {
        let current = snapshot.root_keys.get(&self.root_key.id());
        current.is_some_and(|current| {
            Arc::ptr_eq(current, &self.root_key)
                || gw_crypto::constant_time_eq(current.key(), self.root_key.key())
        })
    }
}

fn root_key<'a>(snapshot: &'a Snapshot, capability: &Capability) -> Option<&'a Arc<RootKeySecret>> {
    let id = capability.kid.as_deref()?.parse::<RootKeyId>().ok()?;
    snapshot.root_keys.get(&id)
}
