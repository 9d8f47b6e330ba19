use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use gw_credentials::CredentialError;
use gw_crypto::Hash;
use gw_kernel::{ApiKeyId, GateId};
use serde_json::Value;

use crate::{Snapshot, VerifiedCapability};

/// One check, read from its request and not judged yet.
#[derive(Debug, Clone)]
pub struct Question {
    /// The gate that is asked.
    pub gate: GateRef,
    /// What is asked for.
    pub action: String,
    /// The resource.
    pub target: Option<String>,
    /// What the agent showed.
    pub credential: Presented,
    /// What the gate observed.
    pub context: Option<Value>,
    /// The call's arguments; never in a record as they are.
    pub arguments: Option<Value>,
    /// The declared cost, in cents.
    pub cost_cents: Option<i64>,
    /// Who asks.
    pub caller: PresentedCaller,
    /// What the caller calls this check by, if asking again is to decide nothing twice.
    pub idempotency: Option<Idempotency>,
    /// Only what would be decided is asked: nothing may be recorded or taken.
    pub dry_run: bool,
}

/// A caller's own name for one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// SHA-256 of the key.
    pub key_sha256: Hash,
    /// Of everything in the request that can change the decision.
    pub fingerprint: Hash,
}

/// How a path names a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateRef {
    /// By id.
    Id(GateId),
    /// By name.
    Name(String),
    /// Not at all: the tenant's default gate.
    Default,
}

impl GateRef {
    /// Reads the path's text: an id where it reads as one, else a name.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Id)
    }
}

/// What the agent showed for itself.
#[derive(Debug, Clone)]
pub enum Presented {
    /// Nothing.
    None,
    /// Something that is no credential of any kind; the text says why.
    Unreadable(&'static str),
    /// A capability.
    Capability(CapabilityToken),
    /// A credential of a kind that is not judged here; its name.
    Unsupported(String),
}

/// A capability as it was received, and what is known of it from before.
#[derive(Clone)]
pub struct CapabilityToken {
    text: String,
    sha256: [u8; 32],
    verified: Option<Arc<VerifiedCapability>>,
}

impl CapabilityToken {
    /// Holds a token's text.
    #[must_use]
    pub fn new(text: String) -> Self {
        let sha256 = gw_crypto::sha256(text.as_bytes());
        Self { text, sha256, verified: None }
    }

    /// SHA-256 of the token's text: the key to keep [`crate::Outcome::verified`] under.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// How long the token is: about what remembering it takes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Adds what an earlier outcome verified. It is used only if it is of this very text, and the
    /// snapshot still has the root key that it was verified under.
    #[must_use]
    pub fn verified_before(mut self, verified: Option<Arc<VerifiedCapability>>) -> Self {
        self.verified = verified.filter(|known| known.is_of(&self.sha256));
        self
    }

    /// Follows the signature chain under the snapshot's keys, unless what is known of it from
    /// before still holds.
    ///
    /// # Errors
    /// When it is no capability of this tenant whose chain begins at one of its root keys.
    pub fn verify(
        &self,
        snapshot: &Snapshot,
        now: DateTime<Utc>,
    ) -> Result<Arc<VerifiedCapability>, CredentialError> {
        VerifiedCapability::of(snapshot, self, now)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) const fn known(&self) -> Option<&Arc<VerifiedCapability>> {
        self.verified.as_ref()
    }
}

/// Without the text: whoever has it can use the capability.
impl fmt::Debug for CapabilityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CapabilityToken({} bytes)", self.text.len())
    }
}

/// Who asks, and nothing of it is proven yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresentedCaller {
    /// Somebody with an API key: a data-plane gate, an operator.
    Key(PresentedKey),
    /// The agent itself. What it presents is all that it is known by, so a signature that is not
    /// good makes it a stranger: it gets a refusal, and no record.
    Agent,
}

/// An API key as the caller presented it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedKey {
    /// The id it claims.
    pub id: ApiKeyId,
    /// SHA-256 of the secret it came with.
    pub secret_sha256: [u8; 32],
}
