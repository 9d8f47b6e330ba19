use chrono::{DateTime, Utc};
use gw_contracts::{
    GateArchivedV1, GateCreatedV1, GateKeypair, GateRestoredV1, GateSettings, GateUpdatedV1,
};
use gw_kernel::{Actor, Author, GateId};

use super::{GateChanges, GateName, GateState, Keypair, Mode, NewGate, SecurityProfile, Signing};

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
    /// Since when it answers no checks, where it does not.
    pub(crate) archived_at: Option<DateTime<Utc>>,
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
            archived_at: None,
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

    /// Changes it; whether that made a difference.
    pub(crate) fn change(&mut self, wanted: GateChanges, now: DateTime<Utc>) -> bool {
        let differs = [
            set(&mut self.name, wanted.name),
            set(&mut self.description, wanted.description),
            set(&mut self.profile, wanted.profile),
            set(&mut self.mode, wanted.mode),
            set(&mut self.signing, wanted.signing),
            set(&mut self.is_discoverable, wanted.is_discoverable),
        ];
        let differs = differs.contains(&true);
        if differs {
            self.updated_at = now;
        }
        differs
    }

    /// Archives or restores it; whether that made a difference.
    pub(crate) fn become_state(&mut self, state: GateState, now: DateTime<Utc>) -> bool {
        let differs = set(&mut self.state, Some(state));
        if differs {
            self.updated_at = now;
            self.archived_at = Some(now).filter(|_| state == GateState::Archived);
        }
        differs
    }

    /// The fact that it was changed, with its whole state.
    pub(crate) fn updated_event(&self) -> GateUpdatedV1 {
        GateUpdatedV1 { gate: self.settings() }
    }

    /// The fact that it was archived, with its whole state.
    pub(crate) fn archived_event(&self, reason: Option<String>) -> GateArchivedV1 {
        let archived_at = self.archived_at.unwrap_or(self.updated_at);
        GateArchivedV1 { gate: self.settings(), archived_at, reason }
    }

    /// The fact that it was restored, with its whole state.
    pub(crate) fn restored_event(&self, reason: Option<String>) -> GateRestoredV1 {
        GateRestoredV1 { gate: self.settings(), restored_at: self.updated_at, reason }
    }

    fn settings(&self) -> GateSettings {
        GateSettings {
            gate_id: self.id,
            slug: self.slug.as_ref().map(ToString::to_string),
            name: self.name.clone(),
            description: self.description.clone(),
            security_profile: self.profile.as_str().to_owned(),
            mode: self.mode.as_str().to_owned(),
            signing: self.signing.as_str().to_owned(),
            is_discoverable: self.is_discoverable,
            state: self.state.as_str().to_owned(),
        }
    }
}

/// Sets what is wanted; whether that made a difference.
fn set<T: PartialEq>(field: &mut T, wanted: Option<T>) -> bool {
    match wanted {
        Some(wanted) if wanted != *field => {
            *field = wanted;
            true
        }
        _ => false,
    }
}
