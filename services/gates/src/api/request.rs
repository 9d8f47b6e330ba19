use gw_kernel::Text;
use gw_web::{Answer, Faults};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::members;
use crate::{
    domain::{GateName, Mode, NewGate, SecurityProfile, Signing},
    error::GateError,
};

/// What a new gate is to be. Three names for the profile are accepted, as clients differ.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewGate)]
pub(super) struct NewGateRequest {
    /// A name that is accepted in place of the id: 1 to 40 of `a-z`, `0-9` and `-` behind `gate_`,
    /// which is put in front where it lacks.
    #[schema(example = "gate_my-api")]
    gate_id: Option<String>,
    /// What people call it. 1 to 200 bytes.
    #[schema(example = "My API")]
    name: Text<1, 200>,
    /// What it protects. At most 2,000 bytes.
    description: Option<Text<0, 2000>>,
    /// `L1` (default), `L2` or `L3`.
    security_profile: Option<String>,
    /// The same as `security_profile`.
    profile: Option<String>,
    /// The same as `security_profile`.
    trust_level: Option<String>,
    /// `enforce`, the default; or `observe`: the gate allows, and its records say what enforcement
    /// would have said. Kill switches and callers' own rights bind there too.
    mode: Option<String>,
    /// `each` (default): the gate signs every record; `batch`: it signs each batch's checkpoint.
    signing: Option<String>,
    /// Whether strangers may find it. Default false.
    is_discoverable: Option<bool>,
    /// Only false: self-issued credentials are not accepted yet.
    allow_self_issued: Option<bool>,
    /// Only false: proofs of possession are not asked for yet.
    require_pop: Option<bool>,
    /// Only empty: constraints are not enforced yet.
    constraints: Option<Value>,
    /// Only empty: issuers are not kept yet.
    trusted_issuers: Option<Value>,
    /// Only empty: required permissions are not enforced yet.
    required_permissions: Option<Value>,
    /// Only null: there are no templates yet.
    template: Option<Value>,
    /// Only null: there are no templates yet.
    template_id: Option<Value>,
}

impl NewGateRequest {
    /// Checks every member.
    pub(super) fn accept(self) -> Answer<NewGate> {
        let asks = |value: &Option<Value>| value.as_ref().is_some_and(members::asks_for_something);
        let unavailable = [
            ("allow_self_issued", self.allow_self_issued == Some(true)),
            ("require_pop", self.require_pop == Some(true)),
            ("constraints", asks(&self.constraints)),
            ("trusted_issuers", asks(&self.trusted_issuers)),
            ("required_permissions", asks(&self.required_permissions)),
            ("template", asks(&self.template)),
            ("template_id", asks(&self.template_id)),
        ];
        let profiles = [
            ("security_profile", self.security_profile),
            ("profile", self.profile),
            ("trust_level", self.trust_level),
        ];
        let mut faults = Faults::default();
        members::refuse_unavailable(&mut faults, unavailable);
        let slug = self.gate_id.as_deref().map(GateName::choose).transpose();
        let slug = faults.take(slug.map_err(GateError::from)).flatten();
        let profile = faults.take(members::profile(&profiles)).flatten();
        let mode = faults.take(members::mode(self.mode.as_deref())).flatten();
        let signing = faults.take(members::signing(self.signing.as_deref())).flatten();
        faults.end()?;
        Ok(NewGate {
            slug,
            name: self.name.into_string(),
            description: members::description(self.description),
            profile: profile.unwrap_or(SecurityProfile::L1),
            mode: mode.unwrap_or(Mode::Enforce),
            signing: signing.unwrap_or(Signing::Each),
            is_discoverable: self.is_discoverable.unwrap_or(false),
        })
    }
}
