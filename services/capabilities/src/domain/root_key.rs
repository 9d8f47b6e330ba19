use chrono::{DateTime, Utc};
use gw_crypto::seal::{DataKey, SealError};
use gw_kernel::{RootKeyId, TenantId};
use zeroize::Zeroizing;

/// A tenant's key for the HMAC of its capabilities; sealed, always.
#[derive(Debug, Clone)]
pub(crate) struct RootKey {
    pub(crate) id: RootKeyId,
    /// 32 bytes under the tenant's data key.
    pub(crate) sealed: Vec<u8>,
    pub(crate) created_at: DateTime<Utc>,
}

impl RootKey {
    /// Seals a new key's bytes under the tenant's data key.
    pub(crate) fn seal(
        tenant: TenantId,
        id: RootKeyId,
        secret: &[u8; 32],
        nonce: [u8; 12],
        data_key: &DataKey,
        now: DateTime<Utc>,
    ) -> Self {
        let sealed = data_key.seal(nonce, &place(tenant, id), secret);
        Self { id, sealed, created_at: now }
    }

    /// The 32 bytes, wiped when they go out of use.
    ///
    /// # Errors
    /// When they do not open under this data key, at this place.
    pub(crate) fn open(
        &self,
        tenant: TenantId,
        data_key: &DataKey,
    ) -> Result<Zeroizing<[u8; 32]>, SealError> {
        let plain = data_key.open(&place(tenant, self.id), &self.sealed)?;
        let secret: [u8; 32] = plain.as_slice().try_into().map_err(|_| SealError::Format)?;
        Ok(Zeroizing::new(secret))
    }
}

/// What the sealed bytes are bound to, so that they open nowhere else.
fn place(tenant: TenantId, id: RootKeyId) -> String {
    format!("tenant:{tenant}:capability-root:{id}")
}
