use chrono::{DateTime, Utc};
use gw_credentials::capability::{Claims, NewCaveat};
use gw_kernel::TenantId;

/// The longest life that is minted, in seconds: a hundred years of 365.25 days. What lives longer
/// is meant to live for ever, and says so with no `ttl_seconds` at all.
pub(crate) const MAX_TTL_SECONDS: i64 = 3_155_760_000;

/// The largest number of calls: integers beyond are not the same in every JSON reader (RFC 8259
/// section 6).
pub(crate) const MAX_LIMIT: i64 = (1 << 53) - 1;

/// A capability that somebody asks for, every part of it acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MintOrder {
    /// The agent.
    pub(crate) subject: String,
    /// The issuer's name in the token.
    pub(crate) issuer: String,
    /// The tenant as the caller names it, which has to be the caller's own.
    pub(crate) tenant: TenantName,
    /// The zone.
    pub(crate) zone: String,
    /// How long it lives, in seconds; none lives until it is revoked.
    pub(crate) ttl_seconds: Option<i64>,
    /// Globs of the actions that are allowed; none allows every action.
    pub(crate) tools: Option<Vec<String>>,
    /// How many allowed calls it is good for; none does not count them.
    pub(crate) max_calls: Option<i64>,
    /// The servers whose tools are allowed; none allows every server's.
    pub(crate) servers: Option<Vec<String>>,
    /// How many allowed calls it is good for in a minute.
    pub(crate) rate_per_min: Option<i64>,
    /// How much its calls may cost together, in cents.
    pub(crate) max_cents: Option<i64>,
    /// The highest risk at which it is good.
    pub(crate) risk_max: Option<i64>,
    /// Whether a person has confirmed this mint.
    pub(crate) step_up: bool,
    /// The agents that may be called, and the zones; where both are empty, it is not limited.
    pub(crate) callees: Vec<String>,
    pub(crate) callee_zones: Vec<String>,
}

/// How a request names the tenant that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TenantName {
    /// Not at all, or as `default`: the caller's own.
    Own,
    /// By its id or its name.
    Named(String),
}

impl MintOrder {
    /// When it ends, in whole seconds as the token says it.
    pub(crate) fn expires_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let ends = now.timestamp().checked_add(self.ttl_seconds?)?;
        DateTime::from_timestamp(ends, 0)
    }

    /// The claims of the token.
    pub(crate) fn claims(&self, jti: &str, tenant: TenantId, now: DateTime<Utc>) -> Claims {
        Claims {
            jti: jti.to_owned(),
            root_jti: jti.to_owned(),
            iss: self.issuer.clone(),
            tenant: tenant.to_string(),
            zone: self.zone.clone(),
            sub: self.subject.clone(),
            iat: now.timestamp(),
            nbf: 0,
        }
    }

    /// The caveats of the token, in the order in which they have always been minted.
    pub(crate) fn caveats(&self, now: DateTime<Utc>) -> Vec<NewCaveat> {
        let lock = NewCaveat::AgentLock(self.subject.clone());
        let exp = self.expires_at(now).map(|moment| NewCaveat::Exp(moment.timestamp()));
        let tools = self.tools.clone().map(NewCaveat::ToolAllow);
        let calls = self.max_calls.map(NewCaveat::MaxCalls);
        let servers = self.servers.clone().map(NewCaveat::McpAllow);
        let rate = self.rate_per_min.map(NewCaveat::RateLimit);
        let cost = self.max_cents.map(NewCaveat::MaxCost);
        let risk = self.risk_max.map(NewCaveat::RiskMax);
        let step_up = self.step_up_at(now).map(NewCaveat::StepUp);
        let (callees, zones) = (self.callees.clone(), self.callee_zones.clone());
        let limited = !callees.is_empty() || !zones.is_empty();
        let callees = limited.then_some(NewCaveat::CalleeAllow { callees, zones });
        [Some(lock), exp, tools, calls, servers, rate, cost, risk, step_up, callees]
            .into_iter()
            .flatten()
            .collect()
    }

    /// When a person confirmed it, in Unix seconds, if one did.
    pub(crate) fn step_up_at(&self, now: DateTime<Utc>) -> Option<i64> {
        self.step_up.then(|| now.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> MintOrder {
        MintOrder {
            subject: "agent-1".to_owned(),
            issuer: "intentgate".to_owned(),
            tenant: TenantName::Own,
            zone: "default".to_owned(),
            ttl_seconds: None,
            tools: None,
            max_calls: None,
            servers: None,
            rate_per_min: None,
            max_cents: None,
            risk_max: None,
            step_up: false,
            callees: Vec::new(),
            callee_zones: Vec::new(),
        }
    }

    #[test]
    fn what_is_not_asked_for_is_no_caveat() {
        let lock = NewCaveat::AgentLock("agent-1".to_owned());
        assert_eq!(order().caveats(DateTime::UNIX_EPOCH), [lock]);
    }

    #[test]
    fn caveats_stand_in_their_order() {
        let all = MintOrder {
            ttl_seconds: Some(60),
            tools: Some(vec!["read_*".to_owned()]),
            max_calls: Some(0),
            servers: Some(vec!["github".to_owned()]),
            rate_per_min: Some(3),
            max_cents: Some(500),
            risk_max: Some(40),
            step_up: true,
            callees: vec!["b".to_owned()],
            ..order()
        };
        assert_eq!(
            all.caveats(DateTime::UNIX_EPOCH),
            [
                NewCaveat::AgentLock("agent-1".to_owned()),
                NewCaveat::Exp(60),
                NewCaveat::ToolAllow(vec!["read_*".to_owned()]),
                NewCaveat::MaxCalls(0),
                NewCaveat::McpAllow(vec!["github".to_owned()]),
                NewCaveat::RateLimit(3),
                NewCaveat::MaxCost(500),
                NewCaveat::RiskMax(40),
                NewCaveat::StepUp(0),
                NewCaveat::CalleeAllow { callees: vec!["b".to_owned()], zones: Vec::new() },
            ]
        );
    }

    #[test]
    fn the_longest_life_ends_at_a_moment_that_can_be_written() {
        let longest = MintOrder { ttl_seconds: Some(MAX_TTL_SECONDS), ..order() };
        let now = DateTime::from_timestamp(1_800_000_000, 999_999_000).unwrap();
        let ends = longest.expires_at(now).unwrap();
        assert_eq!(ends.timestamp(), 1_800_000_000 + MAX_TTL_SECONDS);
    }
}
