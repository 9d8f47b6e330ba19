//! The members a check may have. Others are ignored; the same ones in other letters are refused.

use serde_json::{Map, Value};

use super::RequestError;

/// At the top of the body.
const TOP: &[&str] = &[
    "action",
    "target",
    "credential",
    "arguments",
    "context",
    "cost_cents",
    "idempotency_key",
    "approval_id",
    "min_epoch",
    "dry_run",
    "passport_id",
    "passport_json",
    "passport_token",
    "signature",
    "pop",
    "pop_token",
    "agent_pop",
    "proof_bundle",
];

const CREDENTIAL: &[&str] = &["kind", "value"];

const CONTEXT: &[&str] = &[
    "method",
    "path",
    "ip",
    "tenant_hint",
    "body_sha256",
    "amount_cents",
    "currency",
    "intent",
    "session_id",
    "trace",
    "risk_score",
    "callee_agent",
    "callee_zone",
];

/// Refuses a known member in other letters, at the top and in `credential` and `context`.
pub(super) fn refuse_case_variants(body: &Map<String, Value>) -> Result<(), RequestError> {
    refuse_variants_of(TOP, body.keys(), "")?;
    if let Some(Value::Object(credential)) = body.get("credential") {
        refuse_variants_of(CREDENTIAL, credential.keys(), "/credential")?;
    }
    if let Some(Value::Object(context)) = body.get("context") {
        refuse_variants_of(CONTEXT, context.keys(), "/context")?;
    }
    Ok(())
}

/// Refuses a known member in other letters among the names of an object, which is at this pointer.
pub(super) fn refuse_variants_of<'a>(
    known: &'static [&'static str],
    names: impl Iterator<Item = &'a String>,
    at: &str,
) -> Result<(), RequestError> {
    for name in names.filter(|name| !known.contains(&name.as_str())) {
        let folded = fold(name);
        if let Some(known) = known.iter().find(|known| **known == folded) {
            let found = name.clone();
            let escaped = name.replace('~', "~0").replace('/', "~1");
            return Err(RequestError::CaseVariant {
                pointer: format!("{at}/{escaped}"),
                found,
                known,
            });
        }
    }
    Ok(())
}

/// One spelling for all case variants, those outside ASCII included (`ſ`, the Kelvin sign).
fn fold(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

/// Text of at most `limit` bytes; absent and null are none.
pub(super) fn text<'a>(
    body: &'a Map<String, Value>,
    name: &str,
    limit: usize,
) -> Result<Option<&'a str>, RequestError> {
    let pointer = || format!("/{name}");
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() > limit => {
            Err(RequestError::TooLong { pointer: pointer(), limit })
        }
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(RequestError::invalid(pointer(), "a string")),
    }
}

/// A whole number from 0 to 2^53 - 1, which JSON carries exactly.
pub(super) fn whole_number(
    body: &Map<String, Value>,
    name: &str,
) -> Result<Option<i64>, RequestError> {
    const MAX: i64 = (1 << 53) - 1;
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            value.as_i64().filter(|number| (0..=MAX).contains(number)).map(Some).ok_or_else(|| {
                RequestError::invalid(format!("/{name}"), "a whole number from 0 to 2^53 - 1")
            })
        }
    }
}

/// True or false; absent and null are false.
pub(super) fn flag(body: &Map<String, Value>, name: &str) -> Result<bool, RequestError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(RequestError::invalid(format!("/{name}"), "a boolean")),
    }
}

/// An object; absent and null are none.
pub(super) fn object(
    body: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<Value>, RequestError> {
    match body.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(object @ Value::Object(_)) => Ok(Some(object)),
        Some(_) => Err(RequestError::invalid(format!("/{name}"), "an object")),
    }
}

/// Refuses what is not built: a member that asks for something is never ignored.
pub(super) fn refuse_unsupported(body: &Map<String, Value>) -> Result<(), RequestError> {
    match text(body, "approval_id", 256)? {
        Some(_) => Err(RequestError::NotSupported("approval_id")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn variants_outside_ascii_fold_too() {
        for name in
            ["ACTION", "aCtion", "min_epoch", "MIN_EPOCH", "\u{17f}ignature", "to\u{212a}en"]
        {
            assert!(fold(name).is_ascii(), "{name}");
        }
    }
}
