//! Typed ids: UUIDv7 in Postgres, a prefix and 26 characters of Crockford base32 in text.

use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use uuid::Uuid;

use crate::base32;

/// What an id names.
pub trait IdKind: 'static + Send + Sync {
    /// The text before the underscore.
    const PREFIX: &'static str;
}

/// An id of one kind. Two ids of different kinds do not compare, and do not parse as one another.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id of the form {prefix}_ and 26 characters")]
pub struct IdError {
    prefix: &'static str,
    text: String,
}

impl<K: IdKind> Id<K> {
    /// A UUIDv7 (RFC 9562 section 5.7) of this moment; `random` fills what the time leaves open.
    #[must_use]
    pub fn at(now: DateTime<Utc>, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid(), PhantomData)
    }

    /// Wraps a UUID that Postgres kept.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The UUID, for Postgres.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// The 26 characters after the prefix.
    #[must_use]
    pub fn body(self) -> String {
        base32::encode(self.0.as_bytes())
    }

    /// Reads the 26 characters after the prefix.
    ///
    /// # Errors
    /// When they are not base32 of 16 bytes.
    pub fn from_body(body: &str) -> Result<Self, IdError> {
        base32::decode(body)
            .map(|bytes| Self::from_uuid(Uuid::from_bytes(bytes)))
            .map_err(|_| IdError { prefix: K::PREFIX, text: body.to_owned() })
    }

    /// The same id under another prefix: an attestation is its decision's id.
    #[must_use]
    pub const fn cast<L: IdKind>(self) -> Id<L> {
        Id::from_uuid(self.0)
    }
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(|body| Self::from_body(body).ok())
            .ok_or_else(|| IdError { prefix: K::PREFIX, text: text.chars().take(64).collect() })
    }
}

/// An id's text, without an allocation.
struct IdText {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl IdText {
    const BODY: usize = 26;
    const LONGEST: usize = 8 + 1 + Self::BODY;

    fn of<K: IdKind>(id: Id<K>) -> Self {
        const { assert!(K::PREFIX.len() <= 8, "a prefix has at most 8 characters") };
        let mut bytes = [b'_'; Self::LONGEST];
        let (body, length) = (K::PREFIX.len() + 1, K::PREFIX.len() + 1 + Self::BODY);
        bytes[..K::PREFIX.len()].copy_from_slice(K::PREFIX.as_bytes());
        base32::encode_into(id.0.as_bytes(), &mut bytes[body..length]);
        Self { bytes, length }
    }

    /// ASCII, as it was written.
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(IdText::of(*self).as_str())
    }
}

impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: IdKind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(IdText::of(*self).as_str())
    }
}

impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl<K: IdKind> schemars::JsonSchema for Id<K> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}_id", K::PREFIX).into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": pattern(K::PREFIX) })
    }
}

impl<K: IdKind> utoipa::PartialSchema for Id<K> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(pattern(K::PREFIX)))
            .into()
    }
}

impl<K: IdKind> utoipa::ToSchema for Id<K> {
    fn name() -> Cow<'static, str> {
        format!("{}_id", K::PREFIX).into()
    }
}

fn pattern(prefix: &str) -> String {
    format!("^{prefix}_[0-9a-hjkmnp-tv-z]{{26}}$")
}

macro_rules! ids {
    ($($(#[$doc:meta])* $id:ident, $kind:ident => $prefix:literal;)*) => {$(
        #[doc = concat!("Marks ids that begin with `", $prefix, "_`.")]
        pub enum $kind {}
        impl IdKind for $kind {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $id = Id<$kind>;
    )*};
}

ids! {
    /// A customer of the service, and the wall around everything it owns.
    TenantId, TenantKind => "ten";
    /// A data-plane gate.
    GateId, GateKind => "gate";
    /// A gate's signing key pair.
    KeypairId, KeypairKind => "key";
    /// A machine's or an operator's way into the API.
    ApiKeyId, ApiKeyKind => "ak";
    /// A person who administers a tenant.
    OperatorId, OperatorKind => "op";
    /// One decision, and its record.
    DecisionId, DecisionKind => "dec";
    /// What the caller takes away; the decision's id with another prefix.
    AttestationId, AttestationKind => "att";
    /// An administrative entry of a log.
    EventId, EventKind => "evt";
    /// A held decision waiting for a person.
    ApprovalId, ApprovalKind => "appr";
    /// A tenant's key for the HMAC of its capabilities.
    RootKeyId, RootKeyKind => "rk";
    /// What was revoked together.
    RevocationId, RevocationKind => "rev";
    /// A tenant's key for its log's checkpoints.
    LogKeyId, LogKeyKind => "lk";
    /// One engaging of a kill switch, until it is released.
    KillSwitchId, KillSwitchKind => "ks";
}

impl TenantId {
    /// The platform's own log: tenant id zero.
    pub const PLATFORM: Self = Self::from_uuid(Uuid::nil());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_prefix_and_26_characters() {
        let id = GateId::at(DateTime::UNIX_EPOCH, [7; 10]);
        let text = id.to_string();
        assert_eq!(text.len(), "gate_".len() + 26);
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(serde_json::from_str::<GateId>(&format!("\"{text}\"")).unwrap(), id);
    }

    #[test]
    fn an_id_of_another_kind_does_not_parse() {
        let gate = GateId::at(DateTime::UNIX_EPOCH, [7; 10]).to_string();
        assert!(gate.parse::<TenantId>().is_err());
        assert!("gate_".parse::<GateId>().is_err());
        assert!(format!("{gate}0").parse::<GateId>().is_err());
    }
}
