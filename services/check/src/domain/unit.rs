//! Checks that are asked together: one list, of which everything can be read or nothing is decided.

use gw_crypto::strict;
use serde_json::{Map, Value};

use super::{
    Asked, Inquiry, RequestError,
    asked::{Asker, MAX_CHECK_BYTES, MAX_DEPTH, require_json},
    idempotency::UnitKey,
    members,
};

/// At the top of the body.
const TOP: &[&str] = &["checks"];
/// So many checks are asked together at most.
const MAX_CHECKS: usize = 256;

/// Reads checks as each of them would be read alone, all of them or none.
///
/// # Errors
/// The first thing that is not readable; a pointer says in which check it is.
pub(crate) fn read_unit(asker: &Asker<'_>, body: &[u8]) -> Result<Inquiry, RequestError> {
    require_json(asker.headers)?;
    let large = body.len() > MAX_CHECK_BYTES;
    // Two levels more than one check has: the list, and the object around it.
    let Value::Object(mut body) = strict::parse(body, MAX_DEPTH + 2)? else {
        return Err(RequestError::invalid("", "an object"));
    };
    members::refuse_variants_of(TOP, body.keys(), "")?;
    let checks = list(&mut body)?;
    let key = UnitKey::of(asker.headers, &checks)?;
    let mut unit = Vec::with_capacity(checks.len());
    for (place, check) in checks.into_iter().enumerate() {
        let asked = one(asker, check, key.as_ref(), place, large);
        unit.push(asked.map_err(|error| error.within(place))?);
    }
    Ok(Inquiry::Unit { checks: unit, keyed: key.is_some() })
}

fn list(body: &mut Map<String, Value>) -> Result<Vec<Value>, RequestError> {
    match body.remove("checks") {
        None | Some(Value::Null) => Err(RequestError::Missing("checks")),
        Some(Value::Array(checks)) if checks.is_empty() => Err(RequestError::NoChecks),
        Some(Value::Array(checks)) if checks.len() > MAX_CHECKS => {
            Err(RequestError::TooManyChecks(MAX_CHECKS))
        }
        Some(Value::Array(checks)) => Ok(checks),
        Some(_) => Err(RequestError::invalid("/checks", "a list")),
    }
}

fn one(
    asker: &Asker<'_>,
    check: Value,
    key: Option<&UnitKey>,
    place: usize,
    large: bool,
) -> Result<Asked, RequestError> {
    // No check can be longer than the body that it stands in.
    if large && serde_json::to_vec(&check).is_ok_and(|text| text.len() > MAX_CHECK_BYTES) {
        return Err(RequestError::TooLong { pointer: String::new(), limit: MAX_CHECK_BYTES });
    }
    let Value::Object(body) = check else { return Err(RequestError::invalid("", "an object")) };
    if members::flag(&body, "dry_run")? {
        return Err(RequestError::DryRunInUnit);
    }
    let given = key.map(|key| key.at(place, &body)).transpose()?;
    Asked::of_members(asker, body, given)
}
