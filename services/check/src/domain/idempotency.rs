//! What a caller calls a check by, and what it asks under that name.

use std::collections::BTreeMap;

use gw_crypto::{Hash, canonical, hmac_sha256, sha256};
use gw_decision::{CapabilityToken, Idempotency};
use gw_web::{IdempotencyKey, IdempotencyKeyError};
use http::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Call, RequestError, credential, members};

/// Members that no decision depends on: another value of theirs is the same request.
const NOT_ASKED: &[&str] = &["idempotency_key", "min_epoch", "dry_run"];

/// Everything that is asked of a gate. The gate and the caller are what the key belongs to.
#[derive(Serialize)]
struct Check<'a> {
    /// With members that are not known: whoever knows them shall not be answered for another body.
    body: BTreeMap<&'a str, &'a Value>,
    credentials: Vec<(&'static str, String)>,
}

/// Everything that an agent asks for itself.
#[derive(Serialize)]
struct AgentCall<'a> {
    credential: String,
    action: &'a str,
    arguments: Option<&'a Value>,
}

/// The key of a request that asks several checks. Each of them has one of its own under it, which
/// stands for its place in the very same request: so one that differs anywhere finds a conflict
/// everywhere.
pub(super) struct UnitKey {
    key: IdempotencyKey,
    /// All that is asked, in one spelling.
    asked: Vec<u8>,
}

/// Everything that a request with several checks asks.
#[derive(Serialize)]
struct Unit<'a> {
    checks: Vec<Asked<'a>>,
    credentials: Vec<(&'static str, String)>,
}

/// What one of them asks; something that is no check is refused for that later.
#[derive(Serialize)]
#[serde(untagged)]
enum Asked<'a> {
    Check(BTreeMap<&'a str, &'a Value>),
    Other(&'a Value),
}

impl<'a> Asked<'a> {
    fn of(check: &'a Value) -> Self {
        match check {
            Value::Object(body) => Self::Check(asked(body)),
            other => Self::Other(other),
        }
    }
}

impl UnitKey {
    /// Reads the key in the header, if there is one.
    ///
    /// # Errors
    /// When it is no key, or what is asked has no canonical form.
    pub(super) fn of(headers: &HeaderMap, checks: &[Value]) -> Result<Option<Self>, RequestError> {
        let Some(key) = IdempotencyKey::from_headers(headers)? else { return Ok(None) };
        let checks = checks.iter().map(Asked::of).collect();
        let unit = Unit { checks, credentials: credential::in_headers(headers) };
        let asked = canonical::to_vec(&unit).map_err(|_| RequestError::NotCanonical("checks"))?;
        Ok(Some(Self { key, asked }))
    }

    /// The key of the check at this place.
    ///
    /// # Errors
    /// When the check names a key as well.
    pub(super) fn at(
        &self,
        place: usize,
        body: &Map<String, Value>,
    ) -> Result<Idempotency, RequestError> {
        if body.get("idempotency_key").is_some_and(|member| !member.is_null()) {
            return Err(IdempotencyKeyError::Ambiguous.into());
        }
        // No key that a caller gives has a NUL in it.
        let key = format!("{}\0{place}", self.key.as_str());
        let fingerprint = hmac_sha256(key.as_bytes(), &[&self.asked]);
        Ok(Idempotency { key_sha256: sha256(key), fingerprint })
    }
}

/// The members of a check that a decision depends on.
fn asked(body: &Map<String, Value>) -> BTreeMap<&str, &Value> {
    let asked = body.iter().filter(|(name, _)| !NOT_ASKED.contains(&name.as_str()));
    asked.map(|(name, value)| (name.as_str(), value)).collect()
}

/// Reads the key of a check, in its member or in the header.
///
/// # Errors
/// When it is no key, or there are two.
pub(super) fn of_check(
    body: &Map<String, Value>,
    headers: &HeaderMap,
) -> Result<Option<Idempotency>, RequestError> {
    let member = members::text(body, "idempotency_key", IdempotencyKey::MAX_BYTES)?;
    let member = member
        .map(IdempotencyKey::parse)
        .transpose()
        .map_err(|_| RequestError::invalid("/idempotency_key", "a string that is not empty"))?;
    let key = IdempotencyKey::only(member, IdempotencyKey::from_headers(headers)?)?;
    let Some(key) = key else { return Ok(None) };
    let check = Check { body: asked(body), credentials: credential::in_headers(headers) };
    named(&key, &check).map(Some)
}

/// The key of an agent's call.
///
/// # Errors
/// When what it asks has no canonical form.
pub(super) fn of_call(
    key: &IdempotencyKey,
    token: &CapabilityToken,
    call: &Call,
) -> Result<Idempotency, RequestError> {
    let (credential, arguments) = (hex::encode(token.sha256()), call.arguments.as_ref());
    named(key, &AgentCall { credential, action: &call.action, arguments })
}

/// The fingerprint is made with the key: whoever reads the table, where the key itself is not,
/// cannot try arguments against it.
fn named(key: &IdempotencyKey, asked: &impl Serialize) -> Result<Idempotency, RequestError> {
    let canonical =
        canonical::to_vec(asked).map_err(|_| RequestError::NotCanonical("arguments"))?;
    let key = key.as_str().as_bytes();
    let fingerprint: Hash = hmac_sha256(key, &[&canonical]);
    Ok(Idempotency { key_sha256: sha256(key), fingerprint })
}
