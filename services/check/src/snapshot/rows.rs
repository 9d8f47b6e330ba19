//! Rows as their owners publish them become what the pipeline reads. A row that does not parse
//! stops the load: deciding without it could allow what it forbids.

use std::{collections::BTreeSet, num::NonZeroU32, sync::Arc};

use gw_crypto::keys::PublicKey;
use gw_decision::{ApiKey, Gate, PreviousSecret, RootKeySecret};
use gw_kernel::{
    Actor, ActorKind, ApiKeyId, GateId, KeypairId, OperatorId, Role, RootKeyId, ScopeSet,
};
use zeroize::Zeroizing;

use super::error::LoadError;
use crate::store::{GateRow, KeyRow, KeypairRow, RootKeyRow};

/// An API key's row.
pub(super) fn api_key(row: KeyRow) -> Result<ApiKey, LoadError> {
    let id = ApiKeyId::from_uuid(row.key_id);
    let (kind, actor) = match (row.kind.as_str(), row.operator_id) {
        ("operator", Some(operator)) => {
            (ActorKind::Operator, OperatorId::from_uuid(operator).to_string())
        }
        ("machine", None) => (ActorKind::Machine, id.to_string()),
        _ => return Err(LoadError::Unreadable("an API key's owner")),
    };
    let previous = match (&row.previous_sha256, row.previous_until) {
        (Some(hash), Some(until)) => {
            Some(PreviousSecret { sha256: exactly(hash, "an API key's former hash")?, until })
        }
        _ => None,
    };
    let limit = |stored| u32::try_from(stored).ok().and_then(NonZeroU32::new);
    let limit = |stored| limit(stored).ok_or(LoadError::Unreadable("an API key's limit"));
    let given: ScopeSet = row.scopes.iter().filter_map(|scope| scope.parse().ok()).collect();
    let (scopes, operator_suspended) = match kind {
        ActorKind::Operator => {
            let roles = row.operator_roles.as_deref().unwrap_or_default();
            let suspended = row.operator_state.as_deref() != Some("active");
            (given.within(&Role::union_of_texts(roles)), suspended)
        }
        _ => (given, false),
    };
    Ok(ApiKey {
        id,
        secret_sha256: exactly(&row.secret_sha256, "an API key's hash")?,
        previous,
        scopes,
        gates: row
            .gates
            .map(|gates| gates.into_iter().map(GateId::from_uuid).collect::<BTreeSet<GateId>>()),
        checks_per_minute: row.checks_per_minute.map(limit).transpose()?,
        expires_at: row.expires_at,
        revoked: row.revoked_at.is_some(),
        operator_suspended,
        actor: Actor { kind, id: actor, key_id: Some(id) },
    })
}

/// A gate's row and the id of the key pair that it signs with.
pub(super) fn gate(row: GateRow, keypair: &KeypairRow) -> Result<Gate, LoadError> {
    Ok(Gate {
        id: GateId::from_uuid(row.gate_id),
        slug: row.slug,
        profile: row.profile.parse().map_err(|_| LoadError::Unreadable("a gate's profile"))?,
        mode: row.mode.parse().map_err(|_| LoadError::Unreadable("a gate's mode"))?,
        signing: row.signing.parse().map_err(|_| LoadError::Unreadable("a gate's signing"))?,
        archived: row.state != "active",
        key_id: KeypairId::from_uuid(keypair.key_id),
    })
}

/// A root key that was unsealed.
pub(super) fn root_key(
    id: RootKeyId,
    opened: &[u8],
    row: &RootKeyRow,
) -> Result<Arc<RootKeySecret>, LoadError> {
    let key = Zeroizing::new(exactly(opened, "a capability root key")?);
    let stating = row.statement_public.as_deref().map(statement_key);
    let secret = RootKeySecret::new(id, key).stating(stating.transpose()?);
    Ok(Arc::new(secret.accepted_until(row.accepted_until)))
}

/// The public half of a key that signs statements.
pub(super) fn statement_key(bytes: &[u8]) -> Result<PublicKey, LoadError> {
    let bytes = exactly(bytes, "a statement key")?;
    PublicKey::from_bytes(bytes).map_err(|_| LoadError::Unreadable("a statement key"))
}

/// Exactly 32 bytes.
pub(super) fn exactly(bytes: &[u8], what: &'static str) -> Result<[u8; 32], LoadError> {
    bytes.try_into().map_err(|_| LoadError::Unreadable(what))
}
