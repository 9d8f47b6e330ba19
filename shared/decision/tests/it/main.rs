//! The decision, through its front door: `decide`, `settle` and `record::build`.
#![expect(clippy::unwrap_used, reason = "tests")]

mod agent;
mod burn;
mod caller;
mod credential;
mod kill_switches;
mod known;
mod record;
mod revocations;
mod scope;
mod settle;
mod simulate;
mod stages;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gw_credentials::capability::{Claims, NewCaveat, mint};
use gw_decision::{
    ApiKey, CapabilityToken, Gate, GateRef, KillSwitches, Mode, Outcome, Presented,
    PresentedCaller, PresentedKey, Question, Revocations, RootKeySecret, SecurityProfile, Signing,
    Snapshot, TenantState, decide,
};
use gw_kernel::{Actor, ActorKind, Epoch, Id, IdKind, RootKeyId, Scope, TenantId};

const SECRET: [u8; 32] = [4; 32];
const ROOT: [u8; 32] = [5; 32];

fn id<K: IdKind>(number: u8) -> Id<K> {
    Id::at(DateTime::UNIX_EPOCH, [number; 10])
}

fn tenant(number: u8) -> TenantId {
    id(number)
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 123_456_000).unwrap()
}

fn key() -> ApiKey {
    ApiKey {
        id: id(1),
        secret_sha256: SECRET,
        previous: None,
        scopes: [Scope::ChecksWrite].into_iter().collect(),
        gates: None,
        checks_per_minute: None,
        expires_at: None,
        revoked: false,
        operator_suspended: false,
        actor: Actor { kind: ActorKind::Machine, id: "machine".to_owned(), key_id: None },
    }
}

fn gate(number: u8) -> Gate {
    Gate {
        id: id(number),
        slug: None,
        profile: SecurityProfile::L1,
        mode: Mode::Enforce,
        signing: Signing::Each,
        archived: false,
        key_id: id(number),
    }
}

/// A tenant with one key (1), gates 1 and 2 (`gate_two`), and one root key (1).
fn snapshot() -> Snapshot {
    let mut snapshot = Snapshot {
        tenant: id(1),
        epoch: Epoch(7),
        tenant_name: "acme".to_owned(),
        tenant_state: TenantState::Active,
        default_gate: None,
        keys: imbl::HashMap::new(),
        gates: imbl::HashMap::new(),
        gate_names: imbl::HashMap::new(),
        root_keys: imbl::HashMap::new(),
        revocations: Revocations::default(),
        kill_switches: KillSwitches::default(),
    };
    put_key(&mut snapshot, key());
    put_gate(&mut snapshot, gate(1));
    put_gate(&mut snapshot, Gate { slug: Some("gate_two".to_owned()), ..gate(2) });
    put_root(&mut snapshot, id(1), ROOT);
    snapshot
}

fn put_key(snapshot: &mut Snapshot, key: ApiKey) {
    snapshot.keys.insert(key.id, Arc::new(key));
}

fn put_gate(snapshot: &mut Snapshot, gate: Gate) {
    if let Some(slug) = &gate.slug {
        snapshot.gate_names.insert(slug.clone(), gate.id);
    }
    snapshot.gates.insert(gate.id, Arc::new(gate));
}

fn put_root(snapshot: &mut Snapshot, id: RootKeyId, key: [u8; 32]) {
    snapshot.root_keys.insert(id, Arc::new(RootKeySecret::new(id, key.into())));
}

fn claims() -> Claims {
    Claims {
        jti: "leaf".to_owned(),
        root_jti: "root".to_owned(),
        iss: "acme issuer".to_owned(),
        tenant: tenant(1).to_string(),
        zone: "default".to_owned(),
        sub: "agent-x".to_owned(),
        iat: 1_700_000_000,
        nbf: 0,
    }
}

fn capability(caveats: &[NewCaveat]) -> Presented {
    presented(mint(&ROOT, &claims(), caveats, id(1)))
}

fn presented(token: String) -> Presented {
    Presented::Capability(CapabilityToken::new(token))
}

/// Key 1 asks gate 1 for `pay` with this credential.
fn question(credential: Presented) -> Question {
    Question {
        gate: GateRef::Id(id(1)),
        action: "pay".to_owned(),
        target: None,
        credential,
        context: None,
        arguments: None,
        cost_cents: None,
        caller: PresentedCaller::Key(PresentedKey { id: id(1), secret_sha256: SECRET }),
        idempotency: None,
        dry_run: false,
    }
}

fn ask(snapshot: &Snapshot, credential: Presented) -> Outcome {
    decide(snapshot, &question(credential), now()).unwrap()
}

/// The decision and its code, as one text.
fn answer(outcome: &Outcome) -> String {
    format!("{} {}", outcome.decision, outcome.code)
}
