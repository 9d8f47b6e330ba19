use std::collections::BTreeMap;

use gw_audit::Entry;
use gw_crypto::{
    canonical,
    checkpoint::Checkpoint,
    keys::SigningKey,
    merkle::Frontier,
    note::Signer,
    seal::{DataKey, RootKey},
};
use gw_kernel::{DecisionId, GateId, KeypairId, LogKeyId, TenantId};
use serde_json::Value;
use sqlx::{Pool, Postgres, Row};
use uuid::Uuid;

/// Somebody who holds every key of the tenant: its own operator, say.
pub(crate) struct Forger {
    origin: String,
    host: String,
    log: SigningKey,
    gates: BTreeMap<Uuid, SigningKey>,
}

impl Forger {
    pub(crate) async fn with_all_keys(
        owner: &Pool<Postgres>,
        tenant: TenantId,
        root_key: &RootKey,
    ) -> Self {
        let one = |sql: &'static str| sqlx::query(sql).bind(tenant.uuid()).fetch_one(owner);
        let data = one("select sealed from tenants.data_keys where tenant_id = $1").await.unwrap();
        let aad = format!("tenant:{tenant}:data");
        let data_key = root_key.open(&aad, data.get("sealed")).unwrap();
        let data_key = DataKey::from_bytes(data_key.as_slice().try_into().unwrap());
        let open = |aad: String, sealed: &[u8]| {
            let seed = data_key.open(&aad, sealed).unwrap();
            SigningKey::from_seed(seed.as_slice().try_into().unwrap())
        };
        let log = one("select * from tenants.log_keys where tenant_id = $1").await.unwrap();
        let id = LogKeyId::from_uuid(log.get("key_id"));
        let origin: String = log.get("origin");
        let gates = sqlx::query("select * from gates.keypairs where tenant_id = $1");
        let gates = gates.bind(tenant.uuid()).fetch_all(owner).await.unwrap();
        Self {
            host: origin.split_once('/').unwrap().0.to_owned(),
            log: open(format!("tenant:{tenant}:log:{id}"), log.get("sealed")),
            gates: gates
                .iter()
                .map(|row| {
                    let id = KeypairId::from_uuid(row.get("id"));
                    let aad = format!("tenant:{tenant}:gate-key:{id}");
                    (row.get("gate_id"), open(aad, row.get("sealed")))
                })
                .collect(),
            origin,
        }
    }

    /// What a lane would sign over a batch with these entries: nothing, where none is a decision.
    pub(crate) fn checkpoint(&self, frontier: &Frontier, entries: &[Entry]) -> Option<String> {
        let decisions = || entries.iter().filter(|entry| entry.kind == "check.decided.v1");
        decisions().next()?;
        let cosigners: BTreeMap<String, &SigningKey> = decisions()
            .filter(|entry| entry.signature.is_none())
            .filter_map(|entry| entry.gate_id)
            .map(|gate| (self.name(gate), &self.gates[&gate]))
            .collect();
        let mut signers = vec![Signer { name: &self.origin, key: &self.log }];
        signers.extend(cosigners.iter().map(|(name, key)| Signer { name, key }));
        Some(self.state(frontier.size(), frontier.root()).sign(&signers))
    }

    /// A checkpoint of anything, signed by the log's key alone.
    pub(crate) fn sign(&self, size: u64, root: [u8; 32]) -> String {
        self.state(size, root).sign(&[Signer { name: &self.origin, key: &self.log }])
    }

    /// The same by a key that is not the log's, under the log's name.
    pub(crate) fn sign_as_a_stranger(&self, size: u64, root: [u8; 32]) -> String {
        let key = SigningKey::from_seed([9; 32]);
        self.state(size, root).sign(&[Signer { name: &self.origin, key: &key }])
    }

    /// Changes a decision's record, and signs it again where it was signed.
    pub(crate) fn rewrite(&self, entry: &mut Entry, id: Uuid, change: impl FnOnce(&mut Value)) {
        let mut event: Value = serde_json::from_slice(entry.body.as_deref().unwrap()).unwrap();
        event["id"] = DecisionId::from_uuid(id).to_string().into();
        change(&mut event);
        let body = canonical::to_vec(&event).unwrap();
        entry.id = id;
        let gate = &self.gates[&entry.gate_id.unwrap()];
        entry.signature = entry.signature.as_ref().map(|_| gate.sign(&body).to_vec());
        entry.body = Some(body);
    }

    fn state(&self, size: u64, root: [u8; 32]) -> Checkpoint {
        Checkpoint { origin: self.origin.clone(), size, root }
    }

    fn name(&self, gate: Uuid) -> String {
        format!("{}/gates/{}", self.host, GateId::from_uuid(gate))
    }
}
