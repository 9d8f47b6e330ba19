//! Putting one row at a time into a state; whole and incremental loads build with the same steps.

use std::{num::NonZeroU32, sync::Arc};

use gw_crypto::keys::SigningKey;
use gw_decision::{Gate, KillScope, Signing};
use gw_journal::NoteSigner;
use gw_kernel::{ApiKeyId, Epoch, GateId, KeypairId, RootKeyId};
use uuid::Uuid;

use super::{GateSigner, Loaded, error::LoadError, load::Place, rows};
use crate::store::{
    GateRow, KeyRow, KeypairRow, KillSwitchRow, RevocationRow, RootKeyRow, StatementKeyRow,
    TenantRow,
};

impl Loaded {
    /// The tenant's own row. Call after its gates: the oldest is the default where none is set.
    pub(super) fn put_tenant(&mut self, row: TenantRow) -> Result<(), LoadError> {
        let state = row.state.parse();
        self.snapshot.tenant_state =
            state.map_err(|_| LoadError::Unreadable("the tenant's state"))?;
        self.snapshot.tenant_name = row.name;
        let limit = u32::try_from(row.checks_per_second).ok().and_then(NonZeroU32::new);
        self.checks_per_second = limit.ok_or(LoadError::Unreadable("the tenant's limit"))?;
        self.snapshot.choose_default_gate(row.default_gate_id.map(GateId::from_uuid));
        Ok(())
    }

    pub(super) fn put_api_key(&mut self, row: KeyRow) -> Result<(), LoadError> {
        let key = rows::api_key(row)?;
        self.snapshot.keys.insert(key.id, Arc::new(key));
        Ok(())
    }

    pub(super) fn drop_api_key(&mut self, id: ApiKeyId) {
        self.snapshot.keys.remove(&id);
    }

    /// A gate and the key pair that it signs with now. One without any is left out: it cannot sign.
    pub(super) fn put_gate(
        &mut self,
        row: GateRow,
        keypair: Option<&KeypairRow>,
        place: &Place,
    ) -> Result<(), LoadError> {
        self.drop_gate(GateId::from_uuid(row.gate_id));
        let Some(keypair) = keypair else {
            return Ok(());
        };
        let gate = rows::gate(row, keypair)?;
        let signer = self.open_signer(&gate, keypair, place)?;
        self.signers.insert(gate.id, Arc::new(signer));
        self.snapshot.put_gate(gate);
        Ok(())
    }

    pub(super) fn drop_gate(&mut self, id: GateId) {
        self.signers.remove(&id);
        self.snapshot.drop_gate(id);
    }

    pub(super) fn put_root_key(&mut self, row: &RootKeyRow) -> Result<(), LoadError> {
        let id = RootKeyId::from_uuid(row.key_id);
        let aad = format!("tenant:{}:capability-root:{id}", self.snapshot.tenant);
        let opened = self.data_key.open(&aad, &row.sealed).map_err(|_| LoadError::Sealed)?;
        self.snapshot.root_keys.insert(id, rows::root_key(id, &opened, row)?);
        Ok(())
    }

    pub(super) fn drop_root_key(&mut self, id: RootKeyId) {
        self.snapshot.root_keys.remove(&id);
    }

    pub(super) fn put_statement_keys(
        &mut self,
        keys: Vec<StatementKeyRow>,
    ) -> Result<(), LoadError> {
        let read = |row: &StatementKeyRow| {
            Ok((RootKeyId::from_uuid(row.key_id), rows::statement_key(&row.statement_public)?))
        };
        self.statement_keys = keys.iter().map(read).collect::<Result<_, LoadError>>()?;
        Ok(())
    }

    pub(super) fn put_revocation(&mut self, row: RevocationRow) -> Result<(), LoadError> {
        let revoked = &mut self.snapshot.revocations;
        match (row.kind.as_str(), row.until_epoch) {
            ("jti", None) => drop(revoked.jtis.insert(row.selected)),
            ("root", None) => drop(revoked.roots.insert(row.selected)),
            ("hop", None) => drop(revoked.hops.insert(row.selected)),
            ("subject", Some(until)) => {
                let known = revoked.subjects.entry(row.selected).or_default();
                *known = Epoch(until).max(*known);
            }
            _ => return Err(LoadError::Unreadable("a revocation")),
        }
        Ok(())
    }

    /// Halts what the switch is about, or lets it go on.
    pub(super) fn put_kill_switch(&mut self, row: KillSwitchRow) -> Result<(), LoadError> {
        let unreadable = || LoadError::Unreadable("a kill switch");
        let KillSwitchRow { scope, value, engaged } = row;
        let halted = &mut self.snapshot.kill_switches;
        match scope.parse().map_err(|_| unreadable())? {
            KillScope::Tenant => halted.tenant = engaged,
            KillScope::Gate => {
                let gate = value.parse().map_err(|_| unreadable())?;
                if engaged {
                    halted.gates.insert(gate)
                } else {
                    halted.gates.remove(&gate)
                };
            }
            KillScope::Agent if engaged => drop(halted.agents.insert(value)),
            KillScope::Agent => drop(halted.agents.remove(&value)),
            KillScope::Global => return Err(unreadable()),
        }
        Ok(())
    }

    fn open_signer(
        &self,
        gate: &Gate,
        keypair: &KeypairRow,
        place: &Place,
    ) -> Result<GateSigner, LoadError> {
        let key = self.signing_key(keypair.key_id, &keypair.sealed)?;
        let note = match gate.signing {
            Signing::Each => None,
            Signing::Batch => Some(Arc::new(NoteSigner {
                name: format!("{}/gates/{}", place.issuer_host, gate.id),
                key: self.signing_key(keypair.key_id, &keypair.sealed)?,
            })),
        };
        Ok(GateSigner { key_id: gate.key_id, public: key.public(), key, note })
    }

    fn signing_key(&self, id: Uuid, sealed: &[u8]) -> Result<SigningKey, LoadError> {
        let id = KeypairId::from_uuid(id);
        let aad = format!("tenant:{}:gate-key:{id}", self.snapshot.tenant);
        let seed = self.data_key.open(&aad, sealed).map_err(|_| LoadError::Sealed)?;
        Ok(SigningKey::from_seed(rows::exactly(&seed, "a gate's key")?))
    }
}
