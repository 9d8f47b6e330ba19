use serde::{Deserialize, Serialize};

use crate::{ApiKeyId, TenantId};

/// Who acts, and within which wall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The tenant whose rows are visible: from a verified key, never from a path or header.
    pub tenant: TenantId,
    /// Who is named in the log.
    pub actor: Actor,
}

/// Who did something, as every entry of the log names it.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, utoipa::ToSchema,
)]
pub struct Actor {
    /// A person, a machine, or the platform's own staff.
    pub kind: ActorKind,
    /// The operator's id; for a machine or a platform key, the key's id.
    pub id: String,
    /// The API key that was presented, if one was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key_id: Option<ApiKeyId>,
}

/// What kind of actor it is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person who administers a tenant.
    Operator,
    /// A program with a key of its own.
    Machine,
    /// The people who run the service for all tenants.
    Platform,
}

impl ActorKind {
    /// Its name on the wire and in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Machine => "machine",
            Self::Platform => "platform",
        }
    }
}

/// Who made or changed an object: as much of an [`Actor`] as the object keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Author {
    /// `operator`, `machine` or `platform`.
    pub kind: String,
    /// The operator's id; for a machine or a platform key, the key's id.
    pub id: String,
}

impl From<&Actor> for Author {
    fn from(actor: &Actor) -> Self {
        Self { kind: actor.kind.as_str().to_owned(), id: actor.id.clone() }
    }
}
