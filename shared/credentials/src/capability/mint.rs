use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use gw_crypto::{Hash, hmac_sha256, keys::SigningKey};
use gw_kernel::RootKeyId;

use super::{
    Capability, Claimed, Claims, NewCaveat, Statement,
    decode::decode_text,
    spelling::{Spelling, in_order},
};
use crate::CredentialError;

/// Makes a token under a tenant's root key, which is named by `kid`.
///
/// The claims and caveats are written as they are: what [`Capability::decode`] would refuse (an
/// empty subject, a negative number) must not be put in.
#[must_use]
pub fn mint(root_key: &[u8; 32], claims: &Claims, caveats: &[NewCaveat], kid: RootKeyId) -> String {
    let texts: Vec<String> = caveats.iter().map(NewCaveat::to_json).collect();
    write(root_key, claims, &texts, kid, None)
}

/// A tenant's root key, and the key of its statements.
pub struct Issuer<'a> {
    /// The id of both: `kid` of the token and of its statement.
    pub kid: RootKeyId,
    /// Makes the chain.
    pub root_key: &'a [u8; 32],
    /// Signs statements.
    pub statement_key: &'a SigningKey,
}

/// The same as [`mint`], with a statement of who minted what, at which epoch, and what it claims.
#[must_use]
pub fn mint_with_statement(
    issuer: &Issuer<'_>,
    claims: &Claims,
    caveats: &[NewCaveat],
    claimed: Claimed,
) -> String {
    let texts: Vec<String> = caveats.iter().map(NewCaveat::to_json).collect();
    let statement = Statement::new(claims, &texts, claimed);
    let statement = statement.sign(issuer.statement_key, issuer.kid);
    write(issuer.root_key, claims, &texts, issuer.kid, Some(&statement))
}

fn write(
    root_key: &[u8; 32],
    claims: &Claims,
    caveats: &[String],
    kid: RootKeyId,
    statement: Option<&str>,
) -> String {
    let mut json = claims.signed_text();
    let signature = chain(hmac_sha256(root_key, &[json.as_bytes()]), caveats);
    json.pop();
    if !caveats.is_empty() {
        json.push_str(&format!(",\"cav\":[{}]", caveats.join(",")));
    }
    json.push_str(&format!(",\"sig\":\"{}\"", URL_SAFE_NO_PAD.encode(signature)));
    json.push_str(&format!(",\"kid\":\"{kid}\""));
    if let Some(statement) = statement {
        json.push_str(&format!(",\"st\":\"{statement}\""));
    }
    json.push('}');
    URL_SAFE_NO_PAD.encode(json)
}

/// Appends caveats to a token, as its holder: no key is needed. Everything else in it, members
/// that are not known here included, stays as it is.
///
/// # Errors
/// When the parent cannot be read, or the child would pass the caps.
pub fn attenuate(token: &str, caveats: &[NewCaveat]) -> Result<String, CredentialError> {
    let parent = Capability::decode(token)?;
    let appended: Vec<String> = caveats.iter().map(NewCaveat::to_json).collect();
    let signature = chain(parent.signature, &appended);
    let all: Vec<String> =
        parent.caveats.into_iter().map(|caveat| caveat.raw).chain(appended).collect();
    let (cav, sig) = (format!("[{}]", all.join(",")), URL_SAFE_NO_PAD.encode(signature));

    let json = decode_text(token)?;
    let members = in_order(&json).ok_or(CredentialError::Malformed("its JSON cannot be read"))?;
    let others = members.into_iter().filter(|(name, _)| name != "cav" && name != "sig");
    let mut out = String::from("{");
    for (name, value) in others {
        Spelling::Gateway.write(&name, &mut out);
        out.push_str(&format!(":{value},"));
    }
    out.push_str(&format!("\"cav\":{cav},\"sig\":\"{sig}\"}}"));
    let child = URL_SAFE_NO_PAD.encode(out);
    Capability::decode(&child)?;
    Ok(child)
}

fn chain(from: Hash, caveats: &[String]) -> Hash {
    caveats.iter().fold(from, |signature, text| hmac_sha256(&signature, &[text.as_bytes()]))
}

/// A token's id: base64url of the Unix seconds (4 bytes, big endian) and 12 random bytes.
#[must_use]
pub fn new_jti(now: DateTime<Utc>, random: [u8; 12]) -> String {
    let seconds = u32::try_from(now.timestamp()).unwrap_or(0);
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&seconds.to_be_bytes());
    bytes[4..].copy_from_slice(&random);
    URL_SAFE_NO_PAD.encode(bytes)
}
