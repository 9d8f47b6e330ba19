//! What was presented, wherever it stood. Anything that is there counts, even empty or unreadable:
//! a bad credential never becomes none at all.

use gw_decision::{CapabilityToken, Presented};
use http::HeaderMap;
use serde_json::{Map, Value};

/// Our own header: a capability token.
const CAPABILITY_HEADER: &str = "x-gatewright-credential";

/// Other systems' headers, and what they carry.
const FOREIGN_HEADERS: &[(&str, &str)] = &[
    ("x-modei-passport-id", "passport"),
    ("x-uniplex-passport", "passport"),
    ("x-ratify-proof", "proof_bundle"),
    ("dpop", "dpop"),
];

/// Other systems' members at the top of the body, and what they carry.
const FOREIGN_MEMBERS: &[(&str, &str)] = &[
    ("passport_id", "passport"),
    ("passport_json", "passport"),
    ("passport_token", "passport"),
    ("signature", "passport"),
    ("pop", "passport"),
    ("pop_token", "passport"),
    ("agent_pop", "passport"),
    ("proof_bundle", "proof_bundle"),
];

/// A kind longer than this is not one that anybody uses.
const MAX_KIND_BYTES: usize = 64;

/// Everything in headers that is a credential, or claims to be one: name and value, in hex.
pub(super) fn in_headers(headers: &HeaderMap) -> Vec<(&'static str, String)> {
    let foreign = FOREIGN_HEADERS.iter().map(|(name, _)| *name);
    let names = std::iter::once(CAPABILITY_HEADER).chain(foreign);
    let values = |name| headers.get_all(name).iter().map(move |value| (name, hex::encode(value)));
    names.flat_map(values).collect()
}

/// Reads the one credential of a check. Two that differ are ambiguous, and so unreadable.
pub(super) fn read(body: &Map<String, Value>, headers: &HeaderMap) -> Presented {
    let mut found: Vec<Presented> = Vec::new();
    let mut add = |presented: Presented| {
        if !found.iter().any(|other| same(other, &presented)) {
            found.push(presented);
        }
    };
    if let Some(value) = body.get("credential").filter(|value| !value.is_null()) {
        add(from_member(value));
    }
    for header in headers.get_all(CAPABILITY_HEADER) {
        add(match header.to_str() {
            Ok(token) if !token.is_empty() => capability(token),
            _ => unreadable("the header X-Gatewright-Credential is empty or not ASCII"),
        });
    }
    for (name, kind) in FOREIGN_MEMBERS {
        if body.get(*name).is_some_and(|value| !value.is_null()) {
            add(Presented::Unsupported((*kind).to_owned()));
        }
    }
    for (name, kind) in FOREIGN_HEADERS {
        if headers.contains_key(*name) {
            add(Presented::Unsupported((*kind).to_owned()));
        }
    }
    if passports_differ(body, headers) {
        add(unreadable("the body and a header name different passports"));
    }
    one_of(found)
}

fn one_of(mut found: Vec<Presented>) -> Presented {
    if let Some(at) = found.iter().position(|one| matches!(one, Presented::Unreadable(_))) {
        return found.swap_remove(at);
    }
    match found.len() {
        0 => Presented::None,
        1 => found.swap_remove(0),
        _ => unreadable("more than one credential was presented, and they differ"),
    }
}

/// Reads `credential`: `{kind, value}`, or else something that cannot be read.
fn from_member(value: &Value) -> Presented {
    let Value::Object(credential) = value else {
        return unreadable("`credential` is not an object");
    };
    let Some(Value::String(kind)) = credential.get("kind") else {
        return unreadable("`credential.kind` is not a string");
    };
    if kind.is_empty() || kind.len() > MAX_KIND_BYTES {
        return unreadable("`credential.kind` is empty or too long");
    }
    match (kind.as_str(), credential.get("value")) {
        (_, None | Some(Value::Null)) => unreadable("`credential.value` is missing"),
        (_, Some(Value::String(value))) if value.is_empty() => {
            unreadable("`credential.value` is empty")
        }
        ("capability", Some(Value::String(token))) => capability(token),
        ("capability", Some(_)) => unreadable("`credential.value` is not a string"),
        (kind, Some(_)) => Presented::Unsupported(kind.to_owned()),
    }
}

/// Whether `passport_id` and the passport headers name more than one passport.
fn passports_differ(body: &Map<String, Value>, headers: &HeaderMap) -> bool {
    let member = body.get("passport_id").and_then(Value::as_str).map(str::as_bytes);
    let headers = headers.get_all("x-modei-passport-id").iter().map(http::HeaderValue::as_bytes);
    let mut named = member.into_iter().chain(headers);
    let first = named.next();
    named.any(|other| Some(other) != first)
}

fn same(one: &Presented, other: &Presented) -> bool {
    match (one, other) {
        (Presented::Capability(one), Presented::Capability(other)) => {
            one.sha256() == other.sha256()
        }
        (Presented::Unsupported(one), Presented::Unsupported(other)) => one == other,
        _ => false,
    }
}

fn capability(token: &str) -> Presented {
    Presented::Capability(CapabilityToken::new(token.to_owned()))
}

fn unreadable(why: &'static str) -> Presented {
    Presented::Unreadable(why)
}
