use gw_crypto::{
    keys::{PublicKey, SigningKey},
    seal::{DataKey, SealError},
};
use gw_kernel::{RootKeyId, TenantId};
use uuid::Uuid;

/// The key that signs what was minted under a root key, named by the same id; sealed, always.
#[derive(Debug, Clone)]
pub(crate) struct StatementKey {
    pub(crate) public: PublicKey,
    /// The 32-byte seed under the tenant's data key.
    pub(crate) sealed: Vec<u8>,
}

impl StatementKey {
    /// Seals a new key's seed under the tenant's data key.
    pub(crate) fn seal(
        tenant: TenantId,
        id: RootKeyId,
        seed: [u8; 32],
        nonce: [u8; 12],
        data_key: &DataKey,
    ) -> Self {
        let key = SigningKey::from_seed(seed);
        Self {
            public: key.public(),
            sealed: data_key.seal(nonce, &statement_key_place(tenant, id.uuid()), key.seed()),
        }
    }

    /// The key itself.
    ///
    /// # Errors
    /// When it does not open under this data key, at this place.
    pub(super) fn open(
        &self,
        tenant: TenantId,
        id: RootKeyId,
        data_key: &DataKey,
    ) -> Result<SigningKey, SealError> {
        let seed = data_key.open(&statement_key_place(tenant, id.uuid()), &self.sealed)?;
        let seed: [u8; 32] = seed.as_slice().try_into().map_err(|_| SealError::Format)?;
        Ok(SigningKey::from_seed(seed))
    }
}

/// What the sealed bytes are bound to, so that they open nowhere else.
pub(crate) fn statement_key_place(tenant: TenantId, id: Uuid) -> String {
    format!("tenant:{tenant}:capability-statement:{}", RootKeyId::from_uuid(id))
}
