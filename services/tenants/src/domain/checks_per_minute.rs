use serde::{Deserialize, Serialize};

/// How many checks a key may ask for in a minute: 1 to 10,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u32")]
pub(crate) struct ChecksPerMinute(u32);

/// None, or more than can be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it must be from 1 to {}", ChecksPerMinute::MAX)]
pub(crate) struct ChecksPerMinuteError;

impl ChecksPerMinute {
    /// The most.
    pub(crate) const MAX: u32 = 10_000_000;

    /// The number.
    pub(crate) const fn get(self) -> u32 {
        self.0
    }

    /// The number as Postgres keeps it.
    pub(crate) const fn to_stored(self) -> i32 {
        self.0.cast_signed()
    }

    /// What Postgres kept; the column's own check leaves nothing else.
    pub(crate) fn from_stored(stored: i32) -> Option<Self> {
        u64::try_from(stored).ok()?.try_into().ok()
    }
}

impl TryFrom<u64> for ChecksPerMinute {
    type Error = ChecksPerMinuteError;

    fn try_from(number: u64) -> Result<Self, ChecksPerMinuteError> {
        let number = u32::try_from(number).map_err(|_| ChecksPerMinuteError)?;
        if (1..=Self::MAX).contains(&number) { Ok(Self(number)) } else { Err(ChecksPerMinuteError) }
    }
}

impl From<ChecksPerMinute> for u32 {
    fn from(limit: ChecksPerMinute) -> Self {
        limit.0
    }
}

impl utoipa::PartialSchema for ChecksPerMinute {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Integer)
            .minimum(Some(1))
            .maximum(Some(Self::MAX))
            .into()
    }
}

impl utoipa::ToSchema for ChecksPerMinute {}
