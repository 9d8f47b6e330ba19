use std::collections::{BTreeMap, BTreeSet};

use gw_audit::{Entry, History};
use gw_decision::Snapshot;
use gw_kernel::{Epoch, TenantId};
use serde_json::Value;

/// The configuration as a log tells of it.
pub(crate) fn told(tenant: TenantId, entries: &[Entry]) -> Snapshot {
    let mut history = History::new(tenant);
    for entry in entries.iter().filter(|entry| entry.moves_epoch) {
        let event: Value = serde_json::from_slice(entry.body.as_deref().unwrap()).unwrap();
        history.learn(&entry.kind, &event["data"], Epoch(entry.idx + 1)).unwrap();
    }
    history.snapshot().clone()
}

/// Everything that checks are decided from, but secrets, as text that can be compared.
pub(crate) fn shown(snapshot: &Snapshot) -> String {
    let Snapshot { tenant, epoch, tenant_name, tenant_state, default_gate, .. } = snapshot;
    let keys: BTreeMap<_, _> = snapshot
        .keys
        .values()
        .map(|key| {
            let previous = key.previous.as_ref().map(|previous| previous.until);
            let may = (&key.scopes, &key.gates, key.checks_per_minute);
            let limits = (may, key.expires_at, key.revoked, key.operator_suspended);
            (key.id.to_string(), (previous, limits, &key.actor))
        })
        .collect();
    let gates: BTreeMap<_, _> =
        snapshot.gates.iter().map(|(id, gate)| (id.to_string(), gate)).collect();
    let names: BTreeMap<_, _> = snapshot.gate_names.iter().collect();
    let root_keys: BTreeMap<_, _> = snapshot
        .root_keys
        .values()
        .map(|key| {
            let statement = key.statement_key().map(gw_crypto::keys::PublicKey::to_base64);
            (key.id().to_string(), (statement, key.ends_at()))
        })
        .collect();
    let revoked = &snapshot.revocations;
    let jtis: BTreeSet<_> = revoked.jtis.iter().collect();
    let roots: BTreeSet<_> = revoked.roots.iter().collect();
    let hops: BTreeSet<_> = revoked.hops.iter().collect();
    let subjects: BTreeMap<_, _> = revoked.subjects.iter().collect();
    let halted = &snapshot.kill_switches;
    let gates_halted: BTreeSet<_> = halted.gates.iter().map(ToString::to_string).collect();
    let agents_halted: BTreeSet<_> = halted.agents.iter().collect();
    let tenant_halted = halted.tenant;
    format!(
        "{tenant} {epoch} {tenant_name:?} {tenant_state} {default_gate:?}\n{keys:#?}\n{gates:#?}\n\
         {names:#?}\n{root_keys:#?}\n{jtis:#?}\n{roots:#?}\n{hops:#?}\n{subjects:#?}\n\
         {tenant_halted} {gates_halted:#?}\n{agents_halted:#?}"
    )
}
