//! Capabilities: known answers, other programs' tokens, hostile input, and properties of chains.
#![expect(clippy::unwrap_used, reason = "tests")]

mod caveats;
mod chains;
mod hostile;
mod minting;
mod spellings;
mod statements;
mod tokens;
mod vectors;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use gw_credentials::capability::{Asked, Capability, Claims, Verified};
use gw_crypto::hmac_sha256;

/// The root key of every token here: 00 01 .. 1f.
const KEY: [u8; 32] = {
    let mut key = [0; 32];
    let mut index: u8 = 0;
    while index < 32 {
        key[index as usize] = index;
        index += 1;
    }
    key
};

const CLAIMS: &str = r#"{"v":4,"jti":"AAAAAGdvbGRlbi1qdGktMDE","root_jti":"AAAAAGdvbGRlbi1qdGktMDE","iss":"intentgate","tenant":"acme","zone":"default","sub":"agent-x","iat":1700000000}"#;

fn claims() -> Claims {
    Claims {
        jti: "AAAAAGdvbGRlbi1qdGktMDE".to_owned(),
        root_jti: "AAAAAGdvbGRlbi1qdGktMDE".to_owned(),
        iss: "intentgate".to_owned(),
        tenant: "acme".to_owned(),
        zone: "default".to_owned(),
        sub: "agent-x".to_owned(),
        iat: 1_700_000_000,
        nbf: 0,
    }
}

/// The signatures of a chain over exactly these texts, from the claims on.
fn signatures(claims: &str, caveats: &[&str]) -> Vec<[u8; 32]> {
    let mut signatures = vec![hmac_sha256(&KEY, &[claims.as_bytes()])];
    for caveat in caveats {
        let last = signatures[signatures.len() - 1];
        signatures.push(hmac_sha256(&last, &[caveat.as_bytes()]));
    }
    signatures
}

/// A token whose claims and caveats are signed exactly as they are written.
fn token(claims: &str, caveats: &[&str]) -> String {
    let signature = signatures(claims, caveats).pop().unwrap();
    token_signed(claims, caveats, &signature)
}

fn token_signed(claims: &str, caveats: &[&str], signature: &[u8; 32]) -> String {
    let open = claims.strip_suffix('}').unwrap();
    let (cav, sig) = (caveats.join(","), URL_SAFE_NO_PAD.encode(signature));
    encode(format!("{open},\"cav\":[{cav}],\"sig\":\"{sig}\"}}"))
}

fn encode(json: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(json)
}

fn json(token: &str) -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token).unwrap()).unwrap()
}

/// What a token says, or the code it is refused with.
fn verify(token: &str) -> Result<Verified, &'static str> {
    let read = Capability::decode(token).and_then(|capability| capability.verify(&KEY));
    read.map_err(|error| error.code())
}

/// What agent-x asks, of a gate that says nothing of risk or callee.
fn asked(action: &str, now: DateTime<Utc>) -> Asked<'_> {
    Asked { action, agent: "agent-x", now, risk_score: None, callee: None }
}
