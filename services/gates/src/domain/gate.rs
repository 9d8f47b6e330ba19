use chrono::{DateTime, Utc};
use gw_contracts::{GateCreatedV1, GateKeypair};
use gw_kernel::{Actor, Author, GateId};

use super::{GateName, GateState, Keypair, Mode, NewGate, SecurityProfile, Signing};

/// A gate, with the key pair that it signs with.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(crate) id: GateId,
    pub(crate) slug: Option<GateName>,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) profile: SecurityProfile,
    pub(crate) mode: Mode,
    pub(crate) signing: Signing,
    pub(crate) is_discoverable: bool,
    pub(crate) state: GateState,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) created_by: Author,
    pub(crate) keypair: Keypair,
}

impl Gate {
    /// The gate that was asked for, active from this moment.
    pub(crate) fn create(
        id: GateId,
        new: NewGate,
        keypair: Keypair,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            slug: new.slug,
            name: new.name,
            description: new.description,
            profile: new.profile,
            mode: new.mode,
            signing: new.signing,
            is_discoverable: new.is_discoverable,
            state: GateState::Active,
            created_at: now,
            updated_at: now,
            created_by: by.into(),
            keypair,
        }
    }

    /// What people and contracts call `gate_id`: the name if it has one, else the id.
    pub(crate) fn public_id(&self) -> String {
        self.slug.as_ref().map_or_else(|| self.id.to_string(), ToString::to_string)
    }

    /// The fact that it exists, with its whole state.
    pub(crate) fn created_event(&self) -> GateCreatedV1 {
        let keypair = GateKeypair {
            key_id: self.keypair.id,
            state: self.keypair.state.as_str().to_owned(),
            public_key: self.keypair.public_key.to_base64(),
        };
        GateCreatedV1 {
            gate_id: self.id,
            slug: self.slug.as_ref().map(ToString::to_string),
            name: self.name.clone(),
            description: self.description.clone(),
            security_profile: self.profile.as_str().to_owned(),
            mode: self.mode.as_str().to_owned(),
            signing: self.signing.as_str().to_owned(),
            is_discoverable: self.is_discoverable,
            state: self.state.as_str().to_owned(),
            keypairs: vec![keypair],
        }
    }
}
