use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// For how long what was replaced is still accepted: 0 seconds to 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Overlap(u32);

/// More than 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it must not be more than {} seconds", Overlap::MAX_SECONDS)]
pub struct OverlapError;

impl Overlap {
    /// The most seconds: 30 days.
    pub const MAX_SECONDS: u32 = 30 * 24 * 60 * 60;
    /// What was replaced is not accepted any more.
    pub const NONE: Self = Self(0);
    /// A day.
    pub const DAY: Self = Self(24 * 60 * 60);

    /// So many seconds.
    ///
    /// # Errors
    /// When they are more than [`Self::MAX_SECONDS`].
    pub fn from_seconds(seconds: u64) -> Result<Self, OverlapError> {
        let seconds = u32::try_from(seconds).map_err(|_| OverlapError)?;
        if seconds > Self::MAX_SECONDS { Err(OverlapError) } else { Ok(Self(seconds)) }
    }

    /// The moment at which it is over, when it begins now.
    #[must_use]
    pub fn ends_at(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::seconds(i64::from(self.0))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl TryFrom<u64> for Overlap {
    type Error = OverlapError;

    fn try_from(seconds: u64) -> Result<Self, OverlapError> {
        Self::from_seconds(seconds)
    }
}

impl From<Overlap> for u64 {
    fn from(overlap: Overlap) -> Self {
        Self::from(overlap.0)
    }
}

impl utoipa::PartialSchema for Overlap {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Integer)
            .minimum(Some(0))
            .maximum(Some(Self::MAX_SECONDS))
            .into()
    }
}

impl utoipa::ToSchema for Overlap {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlap_is_at_most_30_days() {
        let read = |text: &str| serde_json::from_str::<Overlap>(text).ok();
        assert_eq!(read("0"), Some(Overlap::NONE));
        assert_eq!(read("86400"), Some(Overlap::DAY));
        assert!(read("2592000").is_some());
        for refused in ["2592001", "18446744073709551615", "-1", "1.5", "\"1\""] {
            assert_eq!(read(refused), None, "{refused}");
        }
        assert_eq!(Overlap::DAY.ends_at(DateTime::UNIX_EPOCH).timestamp(), 86_400);
    }
}
