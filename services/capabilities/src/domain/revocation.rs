use chrono::{DateTime, Utc};
use gw_contracts::CapabilityRevokedV1;
use gw_kernel::{Actor, ActorKind};
use serde::Serialize;
use utoipa::ToSchema;
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
    pub(crate) revoked_by: RevokedBy,
}

/// Who revoked it: as much of an [`Actor`] as is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct RevokedBy {
    /// `operator`, `machine` or `platform`.
    pub(crate) kind: String,
    /// The operator's id; for a machine or a platform key, the key's id.
    pub(crate) id: String,
}

impl From<&Actor> for RevokedBy {
    fn from(actor: &Actor) -> Self {
        let kind = match actor.kind {
            ActorKind::Operator => "operator",
            ActorKind::Machine => "machine",
            ActorKind::Platform => "platform",
        };
        Self { kind: kind.to_owned(), id: actor.id.clone() }
    }
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
