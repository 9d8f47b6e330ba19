use chrono::{DateTime, Utc};
use gw_contracts::{CapabilityRootKeyCreatedV1, CapabilityRootKeyRetiredV1};
use gw_crypto::{
    keys::{PublicKey, SigningKey},
    seal::{DataKey, SealError},
};
use gw_kernel::{RootKeyId, TenantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::StatementKey;

/// A tenant's key for the HMAC of its capabilities, and the key of their statements; sealed, always.
#[derive(Debug, Clone)]
pub(crate) struct RootKey {
    pub(crate) id: RootKeyId,
    /// 32 bytes under the tenant's data key.
    pub(crate) sealed: Vec<u8>,
    /// Absent from keys that were made before there were statements, until the next mint.
    pub(crate) statement: Option<StatementKey>,
    pub(crate) created_at: DateTime<Utc>,
    /// From when on nothing of it is accepted; none for the key that is minted under.
    pub(crate) accepted_until: Option<DateTime<Utc>>,
}

/// What is accepted of a root key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RootKeyState {
    /// Capabilities are made under it.
    Active,
    /// What was made under it is accepted until its overlap ends.
    Retiring,
    /// Nothing of it is accepted.
    Retired,
}

impl RootKeyState {
    /// Its word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }
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
        let sealed = data_key.seal(nonce, &root_key_place(tenant, id.uuid()), secret);
        Self { id, sealed, statement: None, created_at: now, accepted_until: None }
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
        let plain = data_key.open(&root_key_place(tenant, self.id.uuid()), &self.sealed)?;
        let secret: [u8; 32] = plain.as_slice().try_into().map_err(|_| SealError::Format)?;
        Ok(Zeroizing::new(secret))
    }

    /// The key that signs statements beside it.
    ///
    /// # Errors
    /// When it has none, or it does not open.
    pub(crate) fn open_statement_key(
        &self,
        tenant: TenantId,
        data_key: &DataKey,
    ) -> Result<SigningKey, SealError> {
        self.statement.as_ref().ok_or(SealError::Format)?.open(tenant, self.id, data_key)
    }

    /// What is accepted of it at this moment.
    pub(crate) fn state(&self, now: DateTime<Utc>) -> RootKeyState {
        match self.accepted_until {
            None => RootKeyState::Active,
            Some(until) if now < until => RootKeyState::Retiring,
            Some(_) => RootKeyState::Retired,
        }
    }

    /// The public half of its statements' key.
    pub(crate) fn statement_key(&self) -> Option<PublicKey> {
        self.statement.as_ref().map(|key| key.public)
    }

    /// The fact that it is minted under from now on.
    pub(crate) fn created(&self) -> CapabilityRootKeyCreatedV1 {
        CapabilityRootKeyCreatedV1 {
            kid: self.id,
            state: "active".to_owned(),
            statement_key: self.statement_key().map(|key| key.to_base64()),
        }
    }

    /// The fact that nothing new is made under it.
    pub(crate) fn retired(
        &self,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
        reason: Option<String>,
    ) -> CapabilityRootKeyRetiredV1 {
        let state = if now < until { "retiring" } else { "retired" }.to_owned();
        CapabilityRootKeyRetiredV1 { kid: self.id, state, accepted_until: until, reason }
    }
}

/// What the sealed bytes are bound to, so that they open nowhere else.
pub(crate) fn root_key_place(tenant: TenantId, id: Uuid) -> String {
    format!("tenant:{tenant}:capability-root:{}", RootKeyId::from_uuid(id))
}
