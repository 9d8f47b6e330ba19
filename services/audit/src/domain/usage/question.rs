use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};

use super::{Administrative, Decisions, Used};

/// The most days that are told of at once.
const MOST_DAYS: i64 = 366;
/// How many days are told of where nothing is said.
const DAYS: i64 = 30;

/// What counts are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dimension {
    /// The UTC day of the log.
    Day,
    /// The gate.
    Gate,
    /// What was decided.
    Decision,
    /// Who asked.
    Caller,
}

impl Dimension {
    const ALL: [Self; 4] = [Self::Day, Self::Gate, Self::Decision, Self::Caller];

    /// Its word in a request.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Gate => "gate",
            Self::Decision => "decision",
            Self::Caller => "caller",
        }
    }
}

/// Which days are asked for, both included, and what is told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsageQuestion {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) by: BTreeSet<Dimension>,
}

/// What cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UsageQuestionError {
    /// Not a day.
    #[error("`from` and `to` are days: `2026-01-31`")]
    Day,
    /// Backwards, or too many.
    #[error("`to` is `from` or later, and at most 365 days later")]
    Days,
    /// No such word.
    #[error("`by` is any of `day`, `gate`, `decision` and `caller`, with commas between")]
    By,
}

/// What was counted.
#[derive(Debug, Clone)]
pub(crate) struct Usage {
    pub(crate) decisions: Vec<Decisions>,
    pub(crate) administrative: Vec<Administrative>,
    /// What the tenant has now.
    pub(crate) resources: Vec<Used>,
    /// Every entry of the log below this position is counted, and none above.
    pub(crate) counted_to: i64,
    /// How many entries the log has.
    pub(crate) size: i64,
}

impl UsageQuestion {
    /// Reads what is asked: the last 30 days, by day and decision, where nothing is said.
    pub(crate) fn read(
        from: Option<&str>,
        to: Option<&str>,
        by: Option<&str>,
        today: NaiveDate,
    ) -> Result<Self, UsageQuestionError> {
        let day = |text: &str| text.parse::<NaiveDate>().map_err(|_| UsageQuestionError::Day);
        let to = to.map(day).transpose()?.unwrap_or(today);
        let from = match from {
            Some(from) => day(from)?,
            None => {
                to.checked_sub_signed(TimeDelta::days(DAYS - 1)).ok_or(UsageQuestionError::Day)?
            }
        };
        if !(0..MOST_DAYS).contains(&to.signed_duration_since(from).num_days()) {
            return Err(UsageQuestionError::Days);
        }
        Ok(Self { from, to, by: dimensions(by.unwrap_or("day,decision"))? })
    }
}

fn dimensions(text: &str) -> Result<BTreeSet<Dimension>, UsageQuestionError> {
    let dimension = |word: &str| {
        let known = Dimension::ALL.into_iter().find(|dimension| dimension.as_str() == word);
        known.ok_or(UsageQuestionError::By)
    };
    if text.is_empty() { Ok(BTreeSet::new()) } else { text.split(',').map(dimension).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(from: &str, to: &str, by: &str) -> Result<UsageQuestion, UsageQuestionError> {
        let said = |text: &'static str| Some(text).filter(|text| *text != "-");
        let leak = |text: &str| said(Box::leak(text.to_owned().into_boxed_str()));
        let today = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        UsageQuestion::read(leak(from), leak(to), leak(by), today)
    }

    #[test]
    fn what_is_not_said_is_the_last_thirty_days() {
        let asked = read("-", "-", "-").unwrap();
        let days = (asked.from.to_string(), asked.to.to_string());
        assert_eq!(days, ("2026-01-02".to_owned(), "2026-01-31".to_owned()));
        assert_eq!(asked.by, BTreeSet::from([Dimension::Day, Dimension::Decision]));
        assert_eq!(read("-", "-", "").unwrap().by, BTreeSet::new());
        assert_eq!(read("-", "-", "caller,gate,caller").unwrap().by.len(), 2);
    }

    #[test]
    fn days_that_are_none_too_many_or_backwards_are_refused() {
        assert!(read("2025-02-01", "2026-02-01", "-").is_ok());
        for (from, to, by, expected) in [
            ("yesterday", "-", "-", UsageQuestionError::Day),
            ("-", "2026-02-30", "-", UsageQuestionError::Day),
            ("-262143-01-01", "-262143-01-01", "x", UsageQuestionError::By),
            ("2026-01-02", "2026-01-01", "-", UsageQuestionError::Days),
            ("2025-02-01", "2026-02-02", "-", UsageQuestionError::Days),
            ("-", "-262143-01-01", "-", UsageQuestionError::Day),
            ("-", "-", "hour", UsageQuestionError::By),
            ("-", "-", "day,", UsageQuestionError::By),
            ("-", "-", "Day", UsageQuestionError::By),
        ] {
            assert_eq!(read(from, to, by), Err(expected), "{from} {to} {by}");
        }
    }
}
