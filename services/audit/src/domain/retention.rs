//! For how long the log says that bodies are kept, and which of them may be gone.

use chrono::{DateTime, Days, NaiveDate, Utc};
use gw_kernel::TenantId;
use serde_json::Value;

use super::{Finding, Problem};

/// What a tenant has whose log has never told of limits: what `tenants.published_limits` says.
const UNTOLD: u64 = 3_650;

/// What the log has told of the tenant's retention, and where bodies are missing.
#[derive(Debug)]
pub(crate) struct Retention {
    /// The one that stands; none of the platform's own log, which keeps everything.
    days: Option<u64>,
    /// Bodies of the days before this one may have gone, under the retentions that stood before.
    horizon: NaiveDate,
    /// The first position of each day where a body is missing: days rise with positions.
    missing: Vec<(NaiveDate, i64)>,
}

impl Retention {
    pub(crate) fn of(tenant: TenantId) -> Self {
        let days = (tenant != TenantId::PLATFORM).then_some(UNTOLD);
        Self { days, horizon: NaiveDate::MIN, missing: Vec::new() }
    }

    /// Learns from an event of this tenant, in a batch of this moment.
    pub(crate) fn learn(&mut self, data: &Value, at: Option<DateTime<Utc>>) {
        let Some(days) = data["limits"]["retention_days"].as_u64() else { return };
        if let Some(at) = at {
            self.ends(at.date_naive());
        }
        self.days = Some(days);
    }

    /// Notes that an entry of this day, at this position, has no body.
    pub(crate) fn misses(&mut self, day: NaiveDate, position: i64) {
        if self.missing.last().is_none_or(|(newest, _)| *newest != day) {
            self.missing.push((day, position));
        }
    }

    /// Demands that whatever is missing was past a retention that stood, until today the newest.
    pub(crate) fn finish(mut self, today: NaiveDate) -> Result<(), Finding> {
        self.ends(today);
        let early = self.missing.iter().find(|(day, _)| *day >= self.horizon);
        early.map_or(Ok(()), |(_, position)| Err(Problem::NoBody.at(*position)))
    }

    /// The retention stood until this day.
    fn ends(&mut self, day: NaiveDate) {
        let horizon = self.days.and_then(|days| day.checked_sub_days(Days::new(days)));
        self.horizon = horizon.map_or(self.horizon, |horizon| horizon.max(self.horizon));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn day(day: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(day)
    }

    /// A tenant whose retentions began on these days.
    fn told(retentions: &[(u64, u64)]) -> Retention {
        let mut retention = Retention::of(TenantId::from_uuid(uuid::Uuid::from_u128(7)));
        for (from, days) in retentions {
            let at = day(*from).and_hms_opt(12, 0, 0).unwrap().and_utc();
            retention.learn(&json!({ "limits": { "retention_days": days } }), Some(at));
        }
        retention
    }

    #[test]
    fn what_is_missing_was_past_a_retention_that_stood() {
        for (retentions, missing, today, explained) in [
            (vec![(0, 30)], 9, 40, true),
            (vec![(0, 30)], 10, 40, false),
            // Shortened: what was kept until then goes.
            (vec![(0, 30), (40, 5)], 34, 40, true),
            (vec![(0, 30), (40, 5)], 35, 40, false),
            // Lengthened: what had gone stays gone, and no more of it may.
            (vec![(0, 5), (20, 1_000)], 14, 90, true),
            (vec![(0, 5), (20, 1_000)], 15, 90, false),
            (vec![], 9, 3_659, false),
            (vec![], 9, 3_660, true),
        ] {
            let mut retention = told(&retentions);
            retention.misses(day(missing), 4);
            retention.misses(day(missing), 5);
            let expected = if explained { Ok(()) } else { Err(Problem::NoBody.at(4)) };
            assert_eq!(retention.finish(day(today)), expected, "{retentions:?} {missing} {today}");
        }
    }

    #[test]
    fn nothing_explains_what_is_missing_of_the_platforms_own_log() {
        let mut retention = Retention::of(TenantId::PLATFORM);
        retention.misses(day(0), 4);
        assert_eq!(retention.finish(day(36_500)), Err(Problem::NoBody.at(4)));
    }
}
