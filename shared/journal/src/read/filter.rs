use chrono::{DateTime, NaiveDate, Utc};
use gw_contracts::DecisionRecord;
use gw_kernel::rfc3339;
use uuid::Uuid;

/// Which of a gate's decisions are wanted; an empty filter wants all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionFilter {
    /// Made for this agent.
    pub agent_id: Option<String>,
    /// `allow`, `block` or `request_hold`.
    pub decision: Option<String>,
    /// Of gates that observe: what enforcement would have said, where that was not `allow`.
    pub would: Option<String>,
    /// About this action, exactly.
    pub action: Option<String>,
    /// Made for this credential: a capability's `jti`.
    pub credential_id: Option<String>,
    /// Decided at this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// Decided before this moment.
    pub until: Option<DateTime<Utc>>,
}

impl DecisionFilter {
    /// Whether a record is one of those that are wanted.
    #[must_use]
    pub fn matches(&self, record: &DecisionRecord) -> bool {
        let data = &record.data;
        let credential = data.principal.as_ref().map(|principal| &*principal.credential_id);
        // RFC 3339 in UTC with a fixed number of digits sorts as the moments do.
        same(self.agent_id.as_deref(), data.agent_id.as_deref())
            && same(self.decision.as_deref(), Some(&data.decision))
            && same(self.would.as_deref(), data.would.as_deref())
            && same(self.action.as_deref(), Some(&data.action))
            && same(self.credential_id.as_deref(), credential)
            && self.since.is_none_or(|since| record.time >= rfc3339(since))
            && self.until.is_none_or(|until| record.time < rfc3339(until))
    }
}

fn same(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none() || wanted == found
}

/// How a member with this value is written in every record that has it: records are canonical.
pub(super) fn member(name: &str, value: Option<&str>) -> Option<Vec<u8>> {
    let value = gw_crypto::canonical::to_vec(value?).ok()?;
    Some([format!("\"{name}\":").as_bytes(), &value].concat())
}

/// Where in the log the decisions of a filter are.
pub(super) struct Bounds {
    pub(super) before: i64,
    pub(super) first_day: NaiveDate,
    pub(super) last_day: NaiveDate,
    pub(super) first_id: Uuid,
    pub(super) end_id: Uuid,
}

impl Bounds {
    /// A decision's id begins with its time in milliseconds. Its entry's day is that of its batch:
    /// decided before midnight, it may be recorded after, and the two clocks differ a little.
    pub(super) fn of(filter: &DecisionFilter) -> Self {
        let (since, until) = (filter.since, filter.until);
        let first_day = since.and_then(|since| since.date_naive().pred_opt());
        let last_day = until.and_then(|until| until.date_naive().succ_opt());
        Self {
            before: i64::MAX,
            first_day: first_day.unwrap_or(NaiveDate::default()),
            last_day: last_day.unwrap_or(FOREVER),
            first_id: since.map_or(Uuid::nil(), |since| id_at(since.timestamp_millis())),
            end_id: until.map_or(Uuid::max(), |until| id_at(until.timestamp_millis() + 1)),
        }
    }
}

/// A day that no log has.
const FOREVER: NaiveDate = match NaiveDate::from_ymd_opt(9_999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// The first id of a millisecond.
fn id_at(millis: i64) -> Uuid {
    Uuid::from_u128(u128::try_from(millis).unwrap_or_default() << 80)
}

#[cfg(test)]
mod tests {
    use super::member;

    #[test]
    fn a_member_is_written_as_in_a_record() {
        let record = gw_crypto::canonical::to_vec(&serde_json::json!({"action": "a\"\u{e9}\n"}));
        let record = record.unwrap_or_default();
        let found = member("action", Some("a\"\u{e9}\n")).unwrap_or_default();
        assert_eq!(record[1..record.len() - 1], found);
        assert_eq!(member("action", None), None);
    }
}
