use gw_credentials::capability::MAX_TOOLS;
use gw_kernel::{Text, is_glob};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    domain::{MAX_LIMIT, MAX_TTL_SECONDS, MintOrder, TenantName},
    error::CapabilityError,
};

/// What a capability is to allow.
///
/// Every restriction is a caveat that gates enforce. Members whose caveats are not enforced yet
/// are refused when they ask for something.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MintRequest {
    /// The agent that may use it. At most 512 bytes, not blank.
    #[schema(required = true, nullable = false, example = "invoice-agent")]
    subject: Option<Text<0, 512>>,
    /// The issuer's name in the token. Default `intentgate`.
    issuer: Option<Text<0, 200>>,
    /// The caller's own tenant: its id, its name, or `default`.
    tenant: Option<Text<0, 200>>,
    /// The zone in the token. Default `default`.
    zone: Option<Text<0, 200>>,
    /// How long it lives; 0 or absent: until it is revoked. At most a hundred years.
    #[schema(minimum = 0)]
    ttl_seconds: Option<i64>,
    /// Globs of the actions that it allows, at most 256; every action when there are none.
    tools: Option<Vec<Text<0, 256>>>,
    /// How many allowed calls it is good for; not counted when absent, and none at 0.
    #[schema(minimum = 0)]
    max_calls: Option<i64>,
    /// Only empty: not enforced yet.
    servers: Option<Vec<String>>,
    /// Only absent: not enforced yet.
    rate_per_min: Option<i64>,
    /// Only absent: not enforced yet.
    max_cents: Option<i64>,
    /// Only absent: not enforced yet.
    risk_max: Option<i64>,
    /// Only false: not built yet.
    step_up: Option<bool>,
    /// Only empty: not enforced yet.
    callees: Option<Vec<String>>,
    /// Only empty: not enforced yet.
    callee_zones: Option<Vec<String>>,
    /// Only false: not built yet.
    with_memory_signing_key: Option<bool>,
}

impl MintRequest {
    /// Checks every member.
    pub(super) fn accept(self) -> Result<MintOrder, CapabilityError> {
        self.refuse_what_is_not_enforced()?;
        let subject =
            self.subject.and_then(not_blank).ok_or(CapabilityError::Required("subject"))?;
        let tenant = match self.tenant.and_then(not_blank) {
            None => TenantName::Own,
            Some(name) if name == "default" => TenantName::Own,
            Some(name) => TenantName::Named(name),
        };
        let ttl_seconds = within("ttl_seconds", self.ttl_seconds, MAX_TTL_SECONDS)?;
        Ok(MintOrder {
            subject,
            issuer: self.issuer.and_then(not_blank).unwrap_or_else(|| "intentgate".to_owned()),
            tenant,
            zone: self.zone.and_then(not_blank).unwrap_or_else(|| "default".to_owned()),
            ttl_seconds: ttl_seconds.filter(|seconds| *seconds > 0),
            tools: tools(self.tools.unwrap_or_default())?,
            max_calls: within("max_calls", self.max_calls, MAX_LIMIT)?,
        })
    }

    /// A number is a limit even at zero, so any is refused; a list or a flag may say "none".
    fn refuse_what_is_not_enforced(&self) -> Result<(), CapabilityError> {
        let lists = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
        let unavailable = [
            ("servers", lists(&self.servers)),
            ("rate_per_min", self.rate_per_min.is_some()),
            ("max_cents", self.max_cents.is_some()),
            ("risk_max", self.risk_max.is_some()),
            ("step_up", self.step_up == Some(true)),
            ("callees", lists(&self.callees)),
            ("callee_zones", lists(&self.callee_zones)),
            ("with_memory_signing_key", self.with_memory_signing_key == Some(true)),
        ];
        let first = unavailable.into_iter().find(|(_, wanted)| *wanted);
        first.map_or(Ok(()), |(member, _)| Err(CapabilityError::CaveatUnavailable(member)))
    }
}

fn not_blank<const MAX: usize>(text: Text<0, MAX>) -> Option<String> {
    Some(text.into_string()).filter(|text| !text.trim().is_empty())
}

fn within(
    member: &'static str,
    number: Option<i64>,
    limit: i64,
) -> Result<Option<i64>, CapabilityError> {
    match number {
        Some(number) if number < 0 => Err(CapabilityError::Negative(member)),
        Some(number) if number > limit => Err(CapabilityError::TooLarge { member, limit }),
        number => Ok(number),
    }
}

/// Blank entries are dropped. Where only they were listed, some limit was meant, and which is not
/// known: that is refused, and not every tool allowed.
fn tools(listed: Vec<Text<0, 256>>) -> Result<Option<Vec<String>>, CapabilityError> {
    let blank = listed.first().map(ToString::to_string);
    let tools: Vec<String> = listed.into_iter().filter_map(not_blank).collect();
    if tools.len() > MAX_TOOLS {
        return Err(CapabilityError::TooManyTools);
    }
    let unreadable = tools.iter().find(|tool| !is_glob(tool)).cloned();
    if let Some(tool) = unreadable.or_else(|| blank.filter(|_| tools.is_empty())) {
        return Err(CapabilityError::BadTool(tool));
    }
    Ok(Some(tools).filter(|tools| !tools.is_empty()))
}
