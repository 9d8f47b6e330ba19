use gw_kernel::Text;
use gw_web::{Answer, Faults, Problem, codes};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{members, members::given, view::GateView};
use crate::{
    domain::{Gate, GateChanges, GateName, Mode, SecurityProfile, Signing},
    error::GateError,
};

/// What a gate is to become. Members that nobody can change are accepted as they were read, so that
/// a gate may be read, edited and sent back as a whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GateChange)]
pub(super) struct GateChangeRequest {
    /// What people call it. 1 to 200 bytes.
    #[serde(default, deserialize_with = "given")]
    name: Option<Text<1, 200>>,
    /// What it protects. At most 2,000 bytes; null, or nothing, takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<Text<0, 2000>>>,
    /// `L1`, `L2` or `L3`.
    #[serde(default, deserialize_with = "given")]
    security_profile: Option<String>,
    /// The same as `security_profile`.
    #[serde(default, deserialize_with = "given")]
    profile: Option<String>,
    /// The same as `security_profile`.
    #[serde(default, deserialize_with = "given")]
    trust_level: Option<String>,
    /// `enforce` or `observe`. It applies to every decision behind the change's own entry.
    #[serde(default, deserialize_with = "given")]
    mode: Option<String>,
    /// `each` or `batch`. It applies to every decision behind the change's own entry.
    #[serde(default, deserialize_with = "given")]
    signing: Option<String>,
    /// Whether strangers may find it.
    #[serde(default, deserialize_with = "given")]
    is_discoverable: Option<bool>,
    /// Only false: self-issued credentials are not accepted yet.
    allow_self_issued: Option<bool>,
    /// Only false: proofs of possession are not asked for yet.
    require_pop: Option<bool>,
    /// Only empty: constraints are not enforced yet.
    constraints: Option<Value>,
    /// As it is.
    id: Option<Value>,
    /// As it is.
    gate_id: Option<Value>,
    /// As it is.
    gate_url: Option<Value>,
    /// As it is: rotate the gate's key pair for another.
    public_key: Option<Value>,
    /// As it is.
    current_catalog_version: Option<Value>,
    /// As it is: a gate is archived with DELETE.
    status: Option<Value>,
    /// As it is.
    state: Option<Value>,
    /// As it is.
    archived_at: Option<Value>,
    /// As it is.
    created_at: Option<Value>,
    /// As it is.
    updated_at: Option<Value>,
    /// As it is.
    created_by: Option<Value>,
}

/// What is wanted of a gate, and what it is taken to be.
pub(super) struct Wanted {
    pub(super) changes: GateChanges,
    said: Vec<(&'static str, Value)>,
}

impl GateChangeRequest {
    /// Checks every member; what is absent stays.
    pub(super) fn merge(self) -> Answer<Wanted> {
        let asks = |value: &Option<Value>| value.as_ref().is_some_and(members::asks_for_something);
        let unavailable = [
            ("allow_self_issued", self.allow_self_issued == Some(true)),
            ("require_pop", self.require_pop == Some(true)),
            ("constraints", asks(&self.constraints)),
        ];
        let profiles = [
            ("security_profile", self.security_profile),
            ("profile", self.profile),
            ("trust_level", self.trust_level),
        ];
        let said = [
            ("id", self.id),
            ("gate_id", self.gate_id),
            ("gate_url", self.gate_url),
            ("public_key", self.public_key),
            ("current_catalog_version", self.current_catalog_version),
            ("status", self.status),
            ("state", self.state),
            ("archived_at", self.archived_at),
            ("created_at", self.created_at),
            ("updated_at", self.updated_at),
            ("created_by", self.created_by),
        ];
        let mut faults = Faults::default();
        members::refuse_unavailable(&mut faults, unavailable);
        let profile = faults.take(members::profile(&profiles)).flatten();
        let mode = faults.take(members::mode(self.mode.as_deref())).flatten();
        let signing = faults.take(members::signing(self.signing.as_deref())).flatten();
        faults.end()?;
        let changes = GateChanges {
            name: self.name.map(Text::into_string),
            description: self.description.map(members::description),
            profile,
            mode,
            signing,
            is_discoverable: self.is_discoverable,
        };
        let said = said.into_iter().filter_map(|(member, value)| Some((member, value?)));
        Ok(Wanted { changes, said: said.collect() })
    }

    /// The same; what is absent becomes what it is of a new gate.
    pub(super) fn replace(self) -> Answer<Wanted> {
        if self.name.is_none() {
            let problem = Problem::new(&codes::MISSING_MEMBER, "/name: missing field `name`");
            return Err(problem.at("/name"));
        }
        let Wanted { changes, said } = self.merge()?;
        let changes = GateChanges {
            name: changes.name,
            description: Some(changes.description.flatten()),
            profile: Some(changes.profile.unwrap_or(SecurityProfile::L1)),
            mode: Some(changes.mode.unwrap_or(Mode::Enforce)),
            signing: Some(changes.signing.unwrap_or(Signing::Each)),
            is_discoverable: Some(changes.is_discoverable.unwrap_or(false)),
        };
        Ok(Wanted { changes, said })
    }
}

impl Wanted {
    /// Demands that what cannot be changed is said as it is.
    pub(super) fn fits(&self, gate: &Gate, shown: &GateView) -> Result<(), GateError> {
        let shown = serde_json::to_value(shown).unwrap_or_default();
        let is_so = |(member, value): &(&str, Value)| {
            let called = *member == "gate_id" && value.as_str().is_some_and(|text| is(gate, text));
            called || shown[member] == *value
        };
        let other = self.said.iter().find(|said| !is_so(said));
        other.map_or(Ok(()), |(member, _)| Err(GateError::ReadOnly(member)))
    }
}

/// Whether this is the gate's id, or its name as it may be written where a gate is made.
fn is(gate: &Gate, text: &str) -> bool {
    let name = || GateName::choose(text).ok();
    text == gate.id.to_string() || (gate.slug.is_some() && gate.slug == name())
}
