use std::collections::HashMap;

use gw_kernel::{GateId, KeypairId};
use serde_json::Value;

use super::keyring::{Keyring, Told};

/// What the log has told of the tenant's gates so far.
#[derive(Debug, Default)]
pub(crate) struct Gates(HashMap<GateId, Known>);

/// What the newest word on a gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// How its records are signed.
    pub(crate) signing: Signing,
    /// `enforce` or `observe`.
    pub(crate) mode: String,
    /// Whether it decides nothing.
    pub(crate) archived: bool,
}

/// How a gate's records are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signing {
    /// Each by its own signature.
    Each,
    /// By co-signing the checkpoint.
    Batch,
}

impl Gates {
    /// Learns from an administrative event's data. Events carry the whole new state of what they
    /// changed, so that the newest word on a gate or key is the one that counts.
    pub(crate) fn learn(&mut self, data: &Value, keyring: &mut Keyring) {
        let Some(gate) = id_in::<GateId>(data, "gate_id") else { return };
        if let Some(known) = Known::read(data) {
            self.0.insert(gate, known);
        }
        let listed = data["keypairs"].as_array().into_iter().flatten();
        let single = ["active", "previous", "keypair"].map(|member| &data[member]);
        for keypair in listed.chain(single) {
            if let Some((id, told)) = told(gate, keypair) {
                keyring.tell(id, told);
            }
        }
    }

    /// What is known of this gate; `None` for one that the log has not told of.
    pub(crate) fn get(&self, gate: GateId) -> Option<&Known> {
        self.0.get(&gate)
    }
}

impl Known {
    /// Reads an event's data that has a gate's settings; others have none of these members.
    fn read(data: &Value) -> Option<Self> {
        let signing = match data["signing"].as_str()? {
            "each" => Signing::Each,
            "batch" => Signing::Batch,
            _ => return None,
        };
        let mode = data["mode"].as_str()?.to_owned();
        Some(Self { signing, mode, archived: data["state"] != "active" })
    }
}

/// What an event tells of one key pair.
fn told(gate: GateId, keypair: &Value) -> Option<(KeypairId, Told)> {
    let told = Told {
        gate,
        public: keypair["public_key"].as_str()?.to_owned(),
        retired: keypair["state"] == "retired",
        signs_from: keypair["signs_from"].as_i64(),
        signs_until: keypair["signs_until"].as_i64(),
    };
    Some((id_in(keypair, "key_id")?, told))
}

fn id_in<T: std::str::FromStr>(object: &Value, member: &str) -> Option<T> {
    object.get(member)?.as_str()?.parse().ok()
}
