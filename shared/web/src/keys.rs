//! Looks a presented key up and compares its secret: where a claim becomes an identity.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use gw_crypto::Hash;
use gw_db::{Db, DbError, TenantTx};
use gw_kernel::{
    Actor, ActorKind, ApiKeyId, GateId, Id, Identity, OperatorId, Role, ScopeSet, TenantId,
};
use http::HeaderMap;
use uuid::Uuid;

use crate::{Problem, api_key, api_key::PresentedKey, codes};

/// A key whose secret has been compared: it exists, is neither expired nor revoked, and belongs to
/// nobody who is suspended.
#[derive(Debug, Clone)]
pub(crate) struct VerifiedKey {
    pub(crate) tenant: TenantId,
    pub(crate) id: ApiKeyId,
    /// What it was given, as far as its operator's roles reach now.
    pub(crate) scopes: ScopeSet,
    pub(crate) gates: Option<BTreeSet<GateId>>,
    pub(crate) actor: Actor,
    pub(crate) suspended: bool,
}

struct Row {
    secret_sha256: Vec<u8>,
    previous_sha256: Option<Vec<u8>>,
    previous_until: Option<DateTime<Utc>>,
    scopes: Vec<String>,
    gates: Option<Vec<Uuid>>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    operator_id: Option<Uuid>,
    kind: String,
    tenant_state: String,
    operator_roles: Option<Vec<String>>,
    operator_state: Option<String>,
}

/// Finds out who sent these headers.
///
/// Every reason not to know the caller has the same answer: `caller.unknown`.
pub(crate) async fn verify(db: &Db, headers: &HeaderMap) -> Result<VerifiedKey, Problem> {
    let presented = api_key::from_headers(headers).ok_or_else(unknown)?;
    let mut tx = db.tenant(&claimed(&presented)).await?;
    let row = find(&mut tx, presented.id).await?.ok_or_else(unknown)?;
    if !row.has_secret(&presented.secret_sha256, tx.now()) || !row.is_live(tx.now()) {
        return Err(unknown());
    }
    if row.operator_state.as_deref().is_some_and(|state| state != "active") {
        return Err(Problem::new(&codes::OPERATOR_SUSPENDED, "the operator is suspended"));
    }
    row.into_key(&presented).ok_or_else(unknown)
}

/// Binds the tenant that the key claims. Nothing but the key is read before it is verified.
fn claimed(presented: &PresentedKey) -> Identity {
    let actor = Actor {
        kind: ActorKind::Machine,
        id: presented.id.to_string(),
        key_id: Some(presented.id),
    };
    Identity { tenant: presented.tenant, actor }
}

async fn find(tx: &mut TenantTx, id: ApiKeyId) -> Result<Option<Row>, DbError> {
    let row = sqlx::query_as!(
        Row,
        r#"select secret_sha256 as "secret_sha256!", scopes as "scopes!", gates, expires_at,
                  revoked_at, operator_id, kind as "kind!", tenant_state as "tenant_state!",
                  previous_sha256, previous_until, operator_roles, operator_state
           from tenants.published_keys where key_id = $1"#,
        id.uuid(),
    );
    Ok(row.fetch_optional(tx.conn()).await?)
}

fn unknown() -> Problem {
    Problem::new(&codes::CALLER_UNKNOWN, "no valid API key was shown")
}

impl Row {
    /// Whether it is the key's secret, or the one that a rotation replaced and still accepts.
    fn has_secret(&self, sha256: &Hash, now: DateTime<Utc>) -> bool {
        let same = |kept: &[u8]| gw_crypto::constant_time_eq(kept, sha256);
        let overlaps = self.previous_until.is_some_and(|until| now < until);
        let previous = self.previous_sha256.as_deref().is_some_and(same);
        same(&self.secret_sha256) || (previous && overlaps)
    }

    fn is_live(&self, now: DateTime<Utc>) -> bool {
        let expired = self.expires_at.is_some_and(|at| at <= now);
        let revoked = self.revoked_at.is_some();
        !expired && !revoked
    }

    /// What it was given, within its operator's roles of this moment. A role or a state that cannot
    /// be seen grants nothing.
    fn scopes(&self) -> Option<ScopeSet> {
        let given = ScopeSet::from_texts(&self.scopes).ok()?;
        if self.operator_id.is_none() {
            return Some(given);
        }
        let roles = self.operator_roles.as_deref().unwrap_or_default();
        Some(given.within(&Role::union_of_texts(roles)))
    }

    /// None when the row contradicts the text: a platform key outside the platform, and so on.
    fn into_key(self, presented: &PresentedKey) -> Option<VerifiedKey> {
        let (kind, id) = match (self.kind.as_str(), self.operator_id) {
            ("platform", _) => (ActorKind::Platform, presented.id.to_string()),
            ("operator", Some(id)) => (ActorKind::Operator, OperatorId::from_uuid(id).to_string()),
            ("machine", _) => (ActorKind::Machine, presented.id.to_string()),
            _ => return None,
        };
        if presented.is_platform() != (kind == ActorKind::Platform) {
            return None;
        }
        Some(VerifiedKey {
            tenant: presented.tenant,
            id: presented.id,
            scopes: self.scopes()?,
            gates: self.gates.map(|ids| ids.into_iter().map(Id::from_uuid).collect()),
            actor: Actor { kind, id, key_id: Some(presented.id) },
            suspended: self.tenant_state != "active",
        })
    }
}
