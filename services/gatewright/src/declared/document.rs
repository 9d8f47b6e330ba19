use std::{collections::BTreeSet, fmt};

use anyhow::ensure;
use chrono::{DateTime, Utc};
use gw_kernel::{ApiKeyId, GateId, KeypairId};
use serde::{Deserialize, Serialize};

use super::limits::Limits;

/// The only version there is.
const VERSION: u32 = 1;

/// A tenant's configuration. A part that is absent is none of the file's business; one that is
/// empty says that there is nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) limits: Option<Limits>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) gates: Option<Vec<Gate>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) operators: Option<Vec<Operator>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) api_keys: Option<Vec<ApiKey>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gate {
    /// Its name; the id of one that has none.
    pub(super) gate_id: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) description: Option<String>,
    #[serde(default = "lowest")]
    pub(super) profile: String,
    #[serde(default = "enforce")]
    pub(super) mode: String,
    #[serde(default = "each")]
    pub(super) signing: String,
    #[serde(default)]
    pub(super) is_discoverable: bool,
    #[serde(default, skip_serializing_if = "GateState::is_active")]
    pub(super) state: GateState,
    /// Told, and not compared.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(super) keypairs: Vec<Keypair>,
}

/// The public half of a gate's key pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keypair {
    pub(super) key_id: KeypairId,
    pub(super) state: String,
    pub(super) public_key: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operator {
    pub(super) mail: String,
    pub(super) name: String,
    pub(super) roles: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "OperatorState::is_active")]
    pub(super) state: OperatorState,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiKey {
    pub(super) name: String,
    /// Told, and not compared, but where several have one name: then it says which is meant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) key_id: Option<ApiKeyId>,
    /// Told, and not compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) prefix: Option<String>,
    pub(super) scopes: BTreeSet<String>,
    /// The mail address of the operator whose it is; a machine's own when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) operator: Option<String>,
    /// The `gate_id`s that it is limited to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) gates: Option<BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) checks_per_minute: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) expires_at: Option<DateTime<Utc>>,
}

impl Document {
    /// Everything of a tenant, in an order that does not change.
    pub(super) fn whole(
        limits: Option<Limits>,
        mut gates: Vec<Gate>,
        mut operators: Vec<Operator>,
        mut api_keys: Vec<ApiKey>,
    ) -> Self {
        gates.sort_by(|a, b| a.gate_id.cmp(&b.gate_id));
        operators.sort_by(|a, b| a.mail.cmp(&b.mail));
        api_keys.sort_by(|a, b| (&a.name, a.key_id).cmp(&(&b.name, b.key_id)));
        Self {
            version: VERSION,
            limits,
            gates: Some(gates),
            operators: Some(operators),
            api_keys: Some(api_keys),
        }
    }

    /// Reads a file. The error names the line, where it is one line's.
    pub(super) fn read(yaml: &[u8]) -> anyhow::Result<Self> {
        let mut document: Self = serde_norway::from_slice(yaml)?;
        for gate in document.gates.iter_mut().flatten() {
            // The API keeps no empty one.
            gate.description = gate.description.take().filter(|text| !text.is_empty());
        }
        ensure!(
            document.version == VERSION,
            "version: {} is not known here; this release reads {VERSION}",
            document.version
        );
        twice("gate_id", document.gates.iter().flatten().map(|gate| gate.gate_id.clone()))?;
        let mails = document.operators.iter().flatten().map(|it| it.mail.to_lowercase());
        twice("mail", mails)?;
        let keys = document.api_keys.iter().flatten();
        twice("name", keys.filter(|key| key.key_id.is_none()).map(|key| key.name.clone()))?;
        Ok(document)
    }

    pub(super) fn to_yaml(&self) -> anyhow::Result<String> {
        Ok(serde_norway::to_string(self)?)
    }
}

impl Gate {
    /// Whether it goes by an id, which only the server gives.
    pub(super) fn has_no_name(&self) -> bool {
        self.gate_id.parse::<GateId>().is_ok()
    }
}

fn twice(member: &str, values: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    for value in values {
        ensure!(seen.insert(value.clone()), "{member}: {value} is there twice");
    }
    Ok(())
}

fn lowest() -> String {
    "L1".to_owned()
}

fn enforce() -> String {
    "enforce".to_owned()
}

fn each() -> String {
    "each".to_owned()
}

macro_rules! states {
    ($name:ident, $ended:ident => $word:literal) => {
        /// Another word is refused: it may have been meant as either.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum $name {
            #[default]
            Active,
            $ended,
        }

        impl $name {
            pub(super) fn is_active(&self) -> bool {
                *self == Self::Active
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(if self.is_active() { "active" } else { $word })
            }
        }
    };
}

states!(GateState, Archived => "archived");
states!(OperatorState, Suspended => "suspended");

#[cfg(test)]
mod tests {
    use super::Document;

    fn refused(yaml: &str) -> String {
        format!("{:#}", Document::read(yaml.as_bytes()).unwrap_err())
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_line() {
        let unknown = refused("version: 1\ngates:\n- gate_id: gate_a\n  name: A\n  colour: red\n");
        assert!(unknown.contains("colour") && unknown.contains("line 5"), "{unknown}");
        let wrong = refused("version: 1\napi_keys:\n- name: ci\n  scopes: all\n");
        assert!(wrong.contains("line 4"), "{wrong}");
        let state = refused("version: 1\ngates:\n- gate_id: gate_a\n  name: A\n  state: Active\n");
        assert!(state.contains("line 5"), "{state}");
        assert!(refused("version: 2\n").contains("version: 2"));
        assert!(refused("gates: []\n").contains("version"));
        let gate = "- {gate_id: gate_a, name: A}\n";
        assert!(refused(&format!("version: 1\ngates:\n{gate}{gate}")).contains("gate_a"));
        let mails = "- {mail: a@b, name: A, roles: []}\n- {mail: A@b, name: A, roles: []}\n";
        assert!(refused(&format!("version: 1\noperators:\n{mails}")).contains("a@b"));
    }

    #[test]
    fn what_is_absent_is_the_default_and_what_is_written_reads_back() {
        let yaml = "version: 1\ngates:\n- gate_id: gate_a\n  name: 'no'\n  description: |-\n    a: b\n    # c\n";
        let read = Document::read(yaml.as_bytes()).unwrap();
        assert!(read.operators.is_none());
        let again = Document::read(read.to_yaml().unwrap().as_bytes()).unwrap();
        assert_eq!(again, read);
        let gate = &again.gates.unwrap()[0];
        assert_eq!(
            (gate.profile.as_str(), gate.mode.as_str(), gate.state),
            ("L1", "enforce", super::GateState::Active)
        );
        assert_eq!((gate.name.as_str(), gate.description.as_deref()), ("no", Some("a: b\n# c")));
    }
}
