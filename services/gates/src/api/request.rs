use gw_kernel::Text;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

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
    pub(super) fn accept(self) -> Result<NewGate, GateError> {
        self.refuse_what_is_not_built()?;
        let profile = self.chosen_profile()?;
        let slug = self.gate_id.as_deref().map(GateName::choose).transpose()?;
        Ok(NewGate {
            slug,
            name: self.name.into_string(),
            description: self.description.map(Text::into_string).filter(|text| !text.is_empty()),
            profile,
            mode: mode(self.mode.as_deref())?,
            signing: signing(self.signing.as_deref())?,
            is_discoverable: self.is_discoverable.unwrap_or(false),
        })
    }

    /// A member that promises what is not there is refused; one that asks for nothing is not.
    fn refuse_what_is_not_built(&self) -> Result<(), GateError> {
        let asks = |value: &Option<Value>| value.as_ref().is_some_and(asks_for_something);
        let unavailable = [
            ("allow_self_issued", self.allow_self_issued == Some(true)),
            ("require_pop", self.require_pop == Some(true)),
            ("constraints", asks(&self.constraints)),
            ("trusted_issuers", asks(&self.trusted_issuers)),
            ("required_permissions", asks(&self.required_permissions)),
            ("template", asks(&self.template)),
            ("template_id", asks(&self.template_id)),
        ];
        let first = unavailable.into_iter().find(|(_, wanted)| *wanted);
        first.map_or(Ok(()), |(member, _)| Err(GateError::OptionUnavailable(member)))
    }

    /// The profile, under whichever of its names; names that disagree are refused.
    fn chosen_profile(&self) -> Result<SecurityProfile, GateError> {
        let given = [
            ("security_profile", &self.security_profile),
            ("profile", &self.profile),
            ("trust_level", &self.trust_level),
        ];
        let mut chosen: Option<SecurityProfile> = None;
        for (member, text) in given {
            let Some(text) = text else { continue };
            let profile = text.parse().map_err(|_| {
                GateError::Profile(member, format!("`{member}` is one of L1, L2, L3"))
            })?;
            if chosen.is_some_and(|other| other != profile) {
                let sentence = format!("`{member}` says another profile than the member before it");
                return Err(GateError::Profile(member, sentence));
            }
            chosen = Some(profile);
        }
        Ok(chosen.unwrap_or(SecurityProfile::L1))
    }
}

fn mode(text: Option<&str>) -> Result<Mode, GateError> {
    let word = text.unwrap_or("enforce").parse();
    word.map_err(|_| GateError::BadWord { member: "mode", words: "`enforce`, `observe`" })
}

fn signing(text: Option<&str>) -> Result<Signing, GateError> {
    let word = text.unwrap_or("each").parse();
    word.map_err(|_| GateError::BadWord { member: "signing", words: "`each`, `batch`" })
}

/// Null, false and what is empty ask for nothing.
fn asks_for_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}
