//! What would be decided for somebody who is not there.
//!
//! The stages are those of [`decide`](crate::decide), and settling is [`settle`]'s: only who asks
//! and what was shown are supposed. Whatever comes of it cannot be recorded, by type: the journal
//! takes what is made of an [`Outcome`] or a [`Settled`], and neither leaves this file.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gw_credentials::capability::{Claims, Verified, mint};
use gw_kernel::{Actor, ActorKind, ApiKeyId, Epoch, RootKeyId, Scope};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::{
    ApiKey, CapabilityToken, Counters, Gate, GateRef, Limit, Outcome, Presented, PresentedCaller,
    PresentedKey, Question, Refusal, Reservation, RootKeySecret, Settled, Snapshot, StageOutcome,
    StageReport, Verdict, VerifiedCapability, settle, stages,
};

/// A check that nobody has asked.
#[derive(Debug, Clone)]
pub struct Situation {
    /// The gate that would be asked.
    pub gate: GateRef,
    /// The API key that would ask; one that may, when absent.
    pub caller: Option<ApiKeyId>,
    /// What would be asked for; only who it is that acts is judged when absent.
    pub action: Option<String>,
    /// The resource.
    pub target: Option<String>,
    /// What the gate would observe.
    pub context: Option<Value>,
    /// The cost that would be declared, in cents.
    pub cost_cents: Option<i64>,
    /// Who would act.
    pub principal: Supposed,
}

/// Who is supposed to act.
#[derive(Debug, Clone)]
pub enum Supposed {
    /// Somebody who presents nothing.
    Nobody,
    /// The holder of this capability, which is verified as always.
    Holder(CapabilityToken),
    /// The holder of a capability whose signature is taken for good, by the word of a record or of
    /// whoever asks.
    Known {
        /// What it says.
        contents: Box<Verified>,
        /// The root key that made it; one of this very moment, when absent.
        root_key: Option<RootKeyId>,
    },
}

/// What would be decided, before anything would be taken.
#[derive(Debug, Clone)]
pub struct Simulation(Outcome);

/// What would be decided in the end.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// What enforcement would say.
    pub would: Verdict,
    /// What the caller would be told: at a gate that observes, not always the same.
    pub decision: Verdict,
    /// Why: one of our codes.
    pub code: &'static str,
    /// Why, in one sentence.
    pub reason: String,
    /// Every stage, in order.
    pub checks: Vec<StageReport>,
    /// The stage that says no; none where nothing does.
    pub decided_by: Option<&'static str>,
    /// What would be left of each limit.
    pub limits: Vec<Limit>,
    /// Where waiting helps: in how many seconds.
    pub retry_after: Option<u64>,
    /// The gate.
    pub gate: Arc<Gate>,
    /// The epoch of the snapshot it was decided from.
    pub epoch: Epoch,
    /// The moment it was decided for.
    pub decided_at: DateTime<Utc>,
}

/// Decides a check that nobody has asked, as it would be decided in this moment.
///
/// # Errors
/// When its caller would be refused.
pub fn simulate(
    snapshot: &Snapshot,
    situation: Situation,
    now: DateTime<Utc>,
) -> Result<Simulation, Refusal> {
    let mut snapshot = snapshot.clone();
    let caller = asking(&mut snapshot, situation.caller)?;
    let credential = presented(&mut snapshot, situation.principal);
    let what = situation.action.is_some();
    let question = Question {
        gate: situation.gate,
        action: situation.action.unwrap_or_default(),
        target: situation.target,
        credential,
        context: situation.context,
        arguments: None,
        cost_cents: situation.cost_cents,
        caller,
        idempotency: None,
        dry_run: false,
    };
    let outcome = if what {
        stages::decide(&snapshot, &question, now)
    } else {
        stages::authenticate(&snapshot, &question, now)
    };
    outcome.map(Simulation)
}

/// The caller, whose secret is taken for right: in this copy of the snapshot it has one that is
/// known. Where nobody is named it is a key that there is only here, and that may ask every gate.
fn asking(snapshot: &mut Snapshot, named: Option<ApiKeyId>) -> Result<PresentedCaller, Refusal> {
    let key = match named {
        Some(id) => ApiKey::clone(snapshot.keys.get(&id).ok_or(Refusal::CallerUnknown)?),
        None => ApiKey {
            id: ApiKeyId::at(DateTime::UNIX_EPOCH, [0; 10]),
            secret_sha256: SECRET,
            previous: None,
            scopes: [Scope::ChecksWrite].into_iter().collect(),
            gates: None,
            checks_per_minute: None,
            expires_at: None,
            revoked: false,
            operator_suspended: false,
            actor: Actor { kind: ActorKind::Machine, id: "simulated".to_owned(), key_id: None },
        },
    };
    let key = ApiKey { secret_sha256: SECRET, ..key };
    let presented = PresentedKey { id: key.id, secret_sha256: SECRET };
    snapshot.keys.insert(key.id, Arc::new(key));
    Ok(PresentedCaller::Key(presented))
}

/// What stands for a secret's hash where the secret does not matter.
const SECRET: [u8; 32] = [0; 32];

/// What would be shown. What is known of a capability counts for a token that no key of the tenant
/// has made; so where the root key is none of the tenant's any more, nothing is left of it.
fn presented(snapshot: &mut Snapshot, principal: Supposed) -> Presented {
    let (contents, root_key) = match principal {
        Supposed::Nobody => return Presented::None,
        Supposed::Holder(token) => return Presented::Capability(token),
        Supposed::Known { contents, root_key } => (*contents, root_key),
    };
    let stand_in = RootKeyId::at(DateTime::UNIX_EPOCH, [0; 10]);
    let token = CapabilityToken::new(mint(&[0; 32], &claims(snapshot, &contents), &[], stand_in));
    let key = match root_key {
        Some(id) => snapshot.root_keys.get(&id).map(Arc::clone),
        None => {
            let id = RootKeyId::at(DateTime::UNIX_EPOCH, [1; 10]);
            let key = Arc::new(RootKeySecret::new(id, Zeroizing::new([0; 32])));
            snapshot.root_keys.insert(id, Arc::clone(&key));
            Some(key)
        }
    };
    let known = key.map(|key| Arc::new(VerifiedCapability::supposed(&token, key, contents)));
    Presented::Capability(token.verified_before(known))
}

fn claims(snapshot: &Snapshot, contents: &Verified) -> Claims {
    let text = || "supposed".to_owned();
    Claims {
        jti: text(),
        root_jti: text(),
        iss: text(),
        tenant: snapshot.tenant.to_string(),
        zone: text(),
        sub: contents.subject.clone(),
        iat: 1,
        nbf: 0,
    }
}

impl Simulation {
    /// Everything is halted.
    pub fn halt(&mut self) {
        self.0.halt();
    }

    /// What it would take.
    #[must_use]
    pub fn reservations(&self) -> &[Reservation] {
        &self.0.reservations
    }

    /// What the credential says that would be shown, where its signature is good.
    #[must_use]
    pub fn principal(&self) -> Option<&Verified> {
        self.0.principal()
    }

    /// What it comes to, if so much has been taken. The counters are a copy: nothing is taken.
    #[must_use]
    pub fn settle(self, mut counters: Counters, now: DateTime<Utc>) -> Simulated {
        let Settled { outcome, limits, retry_after, .. } = settle(&mut counters, self.0, now);
        let blocks = |stage: &&StageReport| stage.outcome == StageOutcome::Block;
        Simulated {
            would: outcome.would.unwrap_or(outcome.decision),
            decision: outcome.decision,
            decided_by: outcome.checks.iter().find(blocks).map(|stage| stage.check),
            code: outcome.code,
            reason: outcome.reason.into_owned(),
            checks: outcome.checks,
            gate: outcome.gate,
            epoch: outcome.epoch,
            decided_at: outcome.decided_at,
            limits,
            retry_after,
        }
    }
}
