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
/// Every restriction is a caveat that gates enforce.
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
    /// The servers whose tools it allows: `S` is the tool `S`, and what begins with `S.`, `S:` or
    /// `S/`. At most 256; every server when there are none.
    servers: Option<Vec<Text<0, 256>>>,
    /// How many allowed calls it is good for in a minute; not counted when absent, and none at 0.
    #[schema(minimum = 0)]
    rate_per_min: Option<i64>,
    /// How much its allowed calls may cost together: the `cost_cents` that checks declare. A check
    /// that declares none is blocked.
    #[schema(minimum = 0)]
    max_cents: Option<i64>,
    /// The highest `risk_score` of a check's context at which it is good. A check without one is
    /// blocked.
    #[schema(minimum = 0)]
    risk_max: Option<i64>,
    /// Whether a person has confirmed this mint just now: what the tenant's statement then says.
    step_up: Option<bool>,
    /// The agents that its holder may call, at most 256.
    callees: Option<Vec<Text<0, 256>>>,
    /// The zones whose agents its holder may call, at most 256. With `callees`, both must hold.
    callee_zones: Option<Vec<Text<0, 256>>>,
    /// Only false: not built yet.
    with_memory_signing_key: Option<bool>,
}

impl MintRequest {
    /// Checks every member.
    pub(super) fn accept(self) -> Result<MintOrder, CapabilityError> {
        if self.with_memory_signing_key == Some(true) {
            return Err(CapabilityError::CaveatUnavailable("with_memory_signing_key"));
        }
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
            servers: Some(names("servers", self.servers)?).filter(|servers| !servers.is_empty()),
            rate_per_min: within("rate_per_min", self.rate_per_min, MAX_LIMIT)?,
            max_cents: within("max_cents", self.max_cents, MAX_LIMIT)?,
            risk_max: within("risk_max", self.risk_max, i32::MAX.into())?,
            step_up: self.step_up == Some(true),
            callees: names("callees", self.callees)?,
            callee_zones: names("callee_zones", self.callee_zones)?,
        })
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
/// known: that is refused, and not everything allowed.
fn names(
    member: &'static str,
    listed: Option<Vec<Text<0, 256>>>,
) -> Result<Vec<String>, CapabilityError> {
    let listed = listed.unwrap_or_default();
    let blank = listed.first().map(ToString::to_string);
    let names: Vec<String> = listed.into_iter().filter_map(not_blank).collect();
    if names.len() > MAX_TOOLS {
        return Err(CapabilityError::TooManyEntries(member));
    }
    match blank.filter(|_| names.is_empty()) {
        Some(entry) => Err(CapabilityError::BadEntry { member, entry }),
        None => Ok(names),
    }
}

/// Globs that a gate can read.
fn tools(listed: Vec<Text<0, 256>>) -> Result<Option<Vec<String>>, CapabilityError> {
    let tools = names("tools", Some(listed))?;
    if let Some(entry) = tools.iter().find(|tool| !is_glob(tool)).cloned() {
        return Err(CapabilityError::BadEntry { member: "tools", entry });
    }
    Ok(Some(tools).filter(|tools| !tools.is_empty()))
}
