use std::{
    collections::{BTreeSet, HashMap},
    num::NonZeroU32,
    sync::Arc,
};

use gw_contracts::{
    ApiKeyCreatedV1, ApiKeyRevokedV1, ApiKeyRotatedV1, CapabilityRevokedV1,
    CapabilityRootKeyCreatedV1, CapabilityRootKeyRetiredV1, Event as _, GateArchivedV1,
    GateCreatedV1, GateKeypairRotatedV1, GateRestoredV1, GateSettings, GateUpdatedV1,
    KillSwitchEngagedV1, KillSwitchReleasedV1, LogKeyRotatedV1, LogRegressionAcknowledgedV1,
    OperatorResumedV1, OperatorSuspendedV1, OperatorUpdatedV1, TenantCreatedV1,
    TenantDataKeyRotatedV1, TenantDataKeyRotationStartedV1, TenantLimitsChangedV1, TenantResumedV1,
    TenantSuspendedV1, TenantUpdatedV1,
};
use gw_crypto::{keys::PublicKey, sha256};
use gw_decision::{ApiKey, Gate, KillScope, PreviousSecret, RootKeySecret, Snapshot};
use gw_kernel::{
    Actor, ActorKind, ApiKeyId, Epoch, GateId, OperatorId, Role, RootKeyId, ScopeSet, TenantId,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A tenant's configuration as its log tells of it.
///
/// Secrets are not in a log. In their places are stand-ins that nobody's secret can be, since they
/// are made from public ids.
#[derive(Debug, Clone)]
pub struct History {
    snapshot: Snapshot,
    chosen_gate: Option<GateId>,
    /// What each operator's key was given, and whose it is.
    given: HashMap<ApiKeyId, (OperatorId, ScopeSet)>,
    /// What operators have come to be. Who was never changed bounds no key: none was given more than
    /// its operator's first roles.
    operators: HashMap<OperatorId, Bounds>,
}

/// What bounds the keys of an operator.
#[derive(Debug, Clone)]
struct Bounds {
    scopes: ScopeSet,
    suspended: bool,
}

/// Why an event that changes the configuration cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unlearnt {
    /// Its type changes something that is not known here.
    #[error(
        "an event of the type `{0}` changes what decisions are made from, and is not known here"
    )]
    Unknown(String),
    /// It does not say what it must.
    #[error("the event cannot be read: {0}")]
    Unreadable(String),
    /// It is about something that the log has not told of.
    #[error("the log has not told of the {0} that the event is about")]
    Untold(&'static str),
}

impl History {
    /// The beginning of a tenant's log.
    #[must_use]
    pub fn new(tenant: TenantId) -> Self {
        let (given, operators) = Default::default();
        Self { snapshot: Snapshot::empty(tenant), chosen_gate: None, given, operators }
    }

    /// What decisions are made from here.
    #[must_use]
    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// What stands for the SHA-256 of an API key's secret.
    #[must_use]
    pub fn secret_of(key: ApiKeyId) -> [u8; 32] {
        sha256(format!("the secret of {key}").as_bytes())
    }

    /// Follows an event that moves the epoch to this one.
    ///
    /// # Errors
    /// When it cannot be followed: nothing behind it can be decided again.
    pub fn learn(&mut self, kind: &str, data: &Value, epoch: Epoch) -> Result<(), Unlearnt> {
        match kind {
            TenantCreatedV1::TYPE => self.tenant_created(read(data)?)?,
            TenantUpdatedV1::TYPE => self.tenant_updated(read(data)?)?,
            TenantSuspendedV1::TYPE => {
                let TenantSuspendedV1 { tenant_id, state, .. } = read(data)?;
                self.tenant_state(tenant_id, &state)?;
            }
            TenantResumedV1::TYPE => {
                let TenantResumedV1 { tenant_id, state, .. } = read(data)?;
                self.tenant_state(tenant_id, &state)?;
            }
            ApiKeyCreatedV1::TYPE => self.key_created(read(data)?),
            ApiKeyRotatedV1::TYPE => self.key_rotated(read(data)?)?,
            ApiKeyRevokedV1::TYPE => self.key_revoked(&read(data)?)?,
            OperatorUpdatedV1::TYPE => {
                let OperatorUpdatedV1 { operator_id, roles, state, .. } = read(data)?;
                self.operator_is(operator_id, &roles, &state);
            }
            OperatorSuspendedV1::TYPE => {
                let OperatorSuspendedV1 { operator_id, roles, state, .. } = read(data)?;
                self.operator_is(operator_id, &roles, &state);
            }
            OperatorResumedV1::TYPE => {
                let OperatorResumedV1 { operator_id, roles, state, .. } = read(data)?;
                self.operator_is(operator_id, &roles, &state);
            }
            GateCreatedV1::TYPE => self.gate_created(read(data)?)?,
            GateUpdatedV1::TYPE => self.gate_set(read::<GateUpdatedV1>(data)?.gate)?,
            GateArchivedV1::TYPE => self.gate_set(read::<GateArchivedV1>(data)?.gate)?,
            GateRestoredV1::TYPE => self.gate_set(read::<GateRestoredV1>(data)?.gate)?,
            GateKeypairRotatedV1::TYPE => self.keypair_rotated(&read(data)?)?,
            CapabilityRootKeyCreatedV1::TYPE => self.root_key_created(&read(data)?)?,
            CapabilityRootKeyRetiredV1::TYPE => self.root_key_retired(&read(data)?)?,
            CapabilityRevokedV1::TYPE => self.revoked(read(data)?)?,
            KillSwitchEngagedV1::TYPE => self.engaged(read(data)?)?,
            KillSwitchReleasedV1::TYPE => self.released(&read(data)?)?,
            // Nothing is decided from the log's key, nor from those that others are sealed under, nor
            // from what a tenant may have.
            LogKeyRotatedV1::TYPE
            | TenantLimitsChangedV1::TYPE
            | LogRegressionAcknowledgedV1::TYPE
            | TenantDataKeyRotationStartedV1::TYPE
            | TenantDataKeyRotatedV1::TYPE => {}
            other => return Err(Unlearnt::Unknown(other.to_owned())),
        }
        self.snapshot.choose_default_gate(self.chosen_gate);
        self.snapshot.epoch = epoch;
        Ok(())
    }

    /// The platform's own log tells of every tenant.
    fn is_own(&self, tenant: TenantId) -> bool {
        tenant == self.snapshot.tenant
    }

    fn tenant_created(&mut self, event: TenantCreatedV1) -> Result<(), Unlearnt> {
        if self.is_own(event.tenant_id) {
            self.snapshot.tenant_name = event.name;
        }
        self.tenant_state(event.tenant_id, &event.state)
    }

    fn tenant_updated(&mut self, event: TenantUpdatedV1) -> Result<(), Unlearnt> {
        if self.is_own(event.tenant_id) {
            self.snapshot.tenant_name = event.name;
            self.chosen_gate = event.default_gate_id;
        }
        self.tenant_state(event.tenant_id, &event.state)
    }

    fn tenant_state(&mut self, tenant: TenantId, state: &str) -> Result<(), Unlearnt> {
        if self.is_own(tenant) {
            self.snapshot.tenant_state = word(state)?;
        }
        Ok(())
    }

    fn key_created(&mut self, event: ApiKeyCreatedV1) {
        let id = event.key_id;
        let (kind, actor) = match event.operator_id {
            Some(operator) => (ActorKind::Operator, operator.to_string()),
            None => (ActorKind::Machine, id.to_string()),
        };
        if let Some(operator) = event.operator_id {
            self.given.insert(id, (operator, event.scopes.clone()));
        }
        let key = ApiKey {
            id,
            secret_sha256: Self::secret_of(id),
            previous: None,
            scopes: event.scopes,
            gates: event.gates.map(BTreeSet::from_iter),
            expires_at: event.expires_at,
            revoked: false,
            operator_suspended: false,
            checks_per_minute: event.checks_per_minute.and_then(NonZeroU32::new),
            actor: Actor { kind, id: actor, key_id: Some(id) },
        };
        self.snapshot.keys.insert(id, Arc::new(self.bounded(key)));
    }

    fn key_rotated(&mut self, event: ApiKeyRotatedV1) -> Result<(), Unlearnt> {
        let id = event.key_id;
        if let Some((_, given)) = self.given.get_mut(&id) {
            *given = event.scopes.clone();
        }
        self.change_key(id, |key| {
            let sha256 = sha256(format!("a former secret of {id}").as_bytes());
            key.previous = event.previous_until.map(|until| PreviousSecret { sha256, until });
            key.scopes = event.scopes;
            key.gates = event.gates.map(BTreeSet::from_iter);
            key.expires_at = event.expires_at;
            key.checks_per_minute = event.checks_per_minute.and_then(NonZeroU32::new);
        })
    }

    fn key_revoked(&mut self, event: &ApiKeyRevokedV1) -> Result<(), Unlearnt> {
        self.change_key(event.key_id, |key| key.revoked = true)
    }

    fn change_key(
        &mut self,
        id: ApiKeyId,
        change: impl FnOnce(&mut ApiKey),
    ) -> Result<(), Unlearnt> {
        let known = self.snapshot.keys.get(&id).ok_or(Unlearnt::Untold("API key"))?;
        let mut key = ApiKey::clone(known);
        change(&mut key);
        self.snapshot.keys.insert(id, Arc::new(self.bounded(key)));
        Ok(())
    }

    /// An operator's roles and state, and with them what the operator's keys may do.
    fn operator_is(&mut self, operator: OperatorId, roles: &[String], state: &str) {
        let bounds = Bounds { scopes: Role::union_of_texts(roles), suspended: state != "active" };
        self.operators.insert(operator, bounds);
        let owned = self.given.iter().filter(|(_, (owner, _))| *owner == operator);
        let owned: Vec<ApiKeyId> = owned.map(|(id, _)| *id).collect();
        for id in owned {
            if let Some(key) = self.snapshot.keys.get(&id) {
                let key = self.bounded(ApiKey::clone(key));
                self.snapshot.keys.insert(id, Arc::new(key));
            }
        }
    }

    /// The key as far as its operator's roles reach.
    fn bounded(&self, key: ApiKey) -> ApiKey {
        let Some((operator, given)) = self.given.get(&key.id) else { return key };
        let Some(Bounds { scopes, suspended }) = self.operators.get(operator) else { return key };
        ApiKey { scopes: given.within(scopes), operator_suspended: *suspended, ..key }
    }

    fn gate_created(&mut self, event: GateCreatedV1) -> Result<(), Unlearnt> {
        let active = event.keypairs.iter().find(|keypair| keypair.state == "active");
        // Without a key pair it cannot sign, and so it decides nothing.
        let Some(active) = active else { return Ok(()) };
        self.snapshot.put_gate(Gate {
            id: event.gate_id,
            slug: event.slug,
            profile: word(&event.security_profile)?,
            mode: word(&event.mode)?,
            signing: word(&event.signing)?,
            archived: event.state != "active",
            key_id: active.key_id,
        });
        Ok(())
    }

    /// A gate's whole settings; the key pair that signs is told of by events of its own.
    fn gate_set(&mut self, now: GateSettings) -> Result<(), Unlearnt> {
        let known = self.snapshot.gates.get(&now.gate_id).ok_or(Unlearnt::Untold("gate"))?;
        let key_id = known.key_id;
        self.snapshot.put_gate(Gate {
            id: now.gate_id,
            slug: now.slug,
            profile: word(&now.security_profile)?,
            mode: word(&now.mode)?,
            signing: word(&now.signing)?,
            archived: now.state != "active",
            key_id,
        });
        Ok(())
    }

    fn keypair_rotated(&mut self, event: &GateKeypairRotatedV1) -> Result<(), Unlearnt> {
        let known = self.snapshot.gates.get(&event.gate_id).ok_or(Unlearnt::Untold("gate"))?;
        let gate = Gate { key_id: event.active.key_id, ..Gate::clone(known) };
        self.snapshot.put_gate(gate);
        Ok(())
    }

    fn root_key_created(&mut self, event: &CapabilityRootKeyCreatedV1) -> Result<(), Unlearnt> {
        let statement = event.statement_key.as_deref().map(PublicKey::from_base64).transpose();
        let statement = statement.map_err(|_| Unlearnt::Unreadable("statement_key".to_owned()))?;
        let key = stand_in(event.kid).stating(statement);
        self.snapshot.root_keys.insert(event.kid, Arc::new(key));
        Ok(())
    }

    fn root_key_retired(&mut self, event: &CapabilityRootKeyRetiredV1) -> Result<(), Unlearnt> {
        let known = self.snapshot.root_keys.remove(&event.kid);
        let known = known.ok_or(Unlearnt::Untold("root key"))?;
        if event.state == "retiring" {
            let key = stand_in(event.kid).stating(known.statement_key().copied());
            let key = key.accepted_until(Some(event.accepted_until));
            self.snapshot.root_keys.insert(event.kid, Arc::new(key));
        }
        Ok(())
    }

    fn revoked(&mut self, event: CapabilityRevokedV1) -> Result<(), Unlearnt> {
        let revoked = &mut self.snapshot.revocations;
        revoked.jtis.extend(event.jtis);
        revoked.roots.extend(event.root_jtis);
        revoked.hops.extend(event.hop_ids);
        for subject in event.subjects {
            let until = event.until_epoch;
            let until = until.ok_or_else(|| Unlearnt::Unreadable("until_epoch".to_owned()))?;
            let known = revoked.subjects.entry(subject).or_default();
            *known = until.max(*known);
        }
        Ok(())
    }

    fn engaged(&mut self, event: KillSwitchEngagedV1) -> Result<(), Unlearnt> {
        let halted = &mut self.snapshot.kill_switches;
        match (word(&event.scope)?, event.gate_id, event.agent_id) {
            (KillScope::Tenant, ..) => halted.tenant = true,
            (KillScope::Gate, Some(gate), _) => drop(halted.gates.insert(gate)),
            (KillScope::Agent, _, Some(agent)) => drop(halted.agents.insert(agent)),
            // The global one stands in the platform's log, and in no tenant's snapshot.
            (KillScope::Global, ..) => {}
            _ => return Err(Unlearnt::Unreadable("a kill switch of nothing".to_owned())),
        }
        Ok(())
    }

    fn released(&mut self, event: &KillSwitchReleasedV1) -> Result<(), Unlearnt> {
        let halted = &mut self.snapshot.kill_switches;
        match (word(&event.scope)?, &event.gate_id, &event.agent_id) {
            (KillScope::Tenant, ..) => halted.tenant = false,
            (KillScope::Gate, Some(gate), _) => drop(halted.gates.remove(gate)),
            (KillScope::Agent, _, Some(agent)) => drop(halted.agents.remove(agent)),
            (KillScope::Global, ..) => {}
            _ => return Err(Unlearnt::Unreadable("a kill switch of nothing".to_owned())),
        }
        Ok(())
    }
}

fn stand_in(id: RootKeyId) -> RootKeySecret {
    RootKeySecret::new(id, sha256(format!("the secret of {id}").as_bytes()).into())
}

fn read<E: DeserializeOwned>(data: &Value) -> Result<E, Unlearnt> {
    E::deserialize(data).map_err(|error| Unlearnt::Unreadable(error.to_string()))
}

fn word<W: std::str::FromStr>(text: &str) -> Result<W, Unlearnt> {
    text.parse().map_err(|_| Unlearnt::Unreadable(format!("`{text}` is not a known word")))
}
