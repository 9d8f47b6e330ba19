//! The counts of refused requests: each says one thing once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use gw_contracts::CheckRefusedV1;
use gw_kernel::{ApiKeyId, TenantId};
use serde::Deserialize as _;
use serde_json::Value;

use super::Problem;

/// What each replica has counted in the minute that it recorded last; its minutes are in order.
#[derive(Default)]
pub(crate) struct Refusals(BTreeMap<String, Minute>);

/// When it began, and which sources and codes were counted in it.
type Minute = (DateTime<Utc>, BTreeSet<(String, String)>);

impl Refusals {
    /// Takes the next count.
    pub(crate) fn take(&mut self, tenant: TenantId, data: &Value) -> Result<(), Problem> {
        let event = CheckRefusedV1::deserialize(data).map_err(|_| Problem::Member("data"))?;
        holds(tenant, &event)?;
        let CheckRefusedV1 { minute, source, code, replica, .. } = event;
        let (newest, counted) = self.0.entry(replica).or_insert((minute, BTreeSet::new()));
        if minute > *newest {
            (*newest, *counted) = (minute, BTreeSet::new());
        }
        if minute < *newest || !counted.insert((source.clone(), code)) {
            return Err(Problem::CountedTwice(source));
        }
        Ok(())
    }
}

fn holds(tenant: TenantId, event: &CheckRefusedV1) -> Result<(), Problem> {
    let CheckRefusedV1 { minute, source, code, count, first_at, last_at, replica } = event;
    if minute.second() != 0 || minute.nanosecond() != 0 {
        return Err(Problem::Member("minute"));
    }
    if first_at < minute || first_at > last_at || *last_at >= *minute + TimeDelta::minutes(1) {
        return Err(Problem::Member("first_at"));
    }
    if *count == 0 {
        return Err(Problem::Member("count"));
    }
    if code.is_empty() {
        return Err(Problem::Member("code"));
    }
    if replica.is_empty() {
        return Err(Problem::Member("replica"));
    }
    if known(tenant, source) { Ok(()) } else { Err(Problem::Member("source")) }
}

/// Whoever proved nothing is the platform's business alone, and nobody else is.
fn known(tenant: TenantId, source: &str) -> bool {
    if tenant == TenantId::PLATFORM {
        return source == CheckRefusedV1::UNVERIFIED;
    }
    source == CheckRefusedV1::OTHER
        || source.parse::<ApiKeyId>().is_ok()
        || source.strip_prefix("root:").is_some_and(|root| !root.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tenant() -> TenantId {
        TenantId::at(DateTime::UNIX_EPOCH, [7; 10])
    }

    fn count() -> Value {
        json!({
            "minute": "2026-11-21T10:05:00Z", "source": "other", "code": "gate.not_found",
            "count": 3, "first_at": "2026-11-21T10:05:01Z", "last_at": "2026-11-21T10:05:59.999999Z",
            "replica": "00ff",
        })
    }

    fn with(member: &str, value: Value) -> Value {
        let mut count = count();
        count[member] = value;
        count
    }

    #[test]
    fn a_replica_counts_a_source_and_code_once_a_minute() {
        let mut refusals = Refusals::default();
        let key = ApiKeyId::at(DateTime::UNIX_EPOCH, [1; 10]).to_string();
        for other in [
            count(),
            with("source", json!(key)),
            with("source", json!("root:01")),
            with("code", json!("caller.forbidden")),
            with("replica", json!("aa00")),
        ] {
            assert_eq!(refusals.take(tenant(), &other), Ok(()), "{other}");
            let twice = refusals.take(tenant(), &other).unwrap_err();
            assert_eq!(twice.code(), "refusal.twice", "{other}");
        }
        let mut next = count();
        for member in ["minute", "first_at", "last_at"] {
            next[member] = json!("2026-11-21T10:06:00Z");
        }
        assert_eq!(refusals.take(tenant(), &next), Ok(()));
        let back = refusals.take(tenant(), &with("code", json!("request.nul"))).unwrap_err();
        assert_eq!(back.code(), "refusal.twice");
    }

    #[test]
    fn a_count_of_another_shape_is_found() {
        for (member, value) in [
            ("minute", json!("2026-11-21T10:05:01Z")),
            ("first_at", json!("2026-11-21T10:04:59Z")),
            ("first_at", json!("2026-11-21T10:06:01Z")),
            ("last_at", json!("2026-11-21T10:06:00Z")),
            ("count", json!(0)),
            ("count", json!(-1)),
            ("code", json!("")),
            ("replica", json!("")),
            ("source", json!("unverified")),
            ("source", json!("root:")),
            ("source", json!("somebody")),
        ] {
            let changed = with(member, value);
            let found = Refusals::default().take(tenant(), &changed).unwrap_err();
            assert!(matches!(found, Problem::Member(_)), "{changed}");
        }
        let mut platforms = Refusals::default();
        let unverified = with("source", json!("unverified"));
        assert_eq!(platforms.take(TenantId::PLATFORM, &unverified), Ok(()));
        assert!(platforms.take(TenantId::PLATFORM, &with("code", json!("x"))).is_err());
    }
}
