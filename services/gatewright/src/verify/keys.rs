use std::collections::BTreeMap;

use gw_crypto::{keys::PublicKey, strict};
use serde_json::Value;

use super::Refused;

/// A gate's published keys (JWKS, RFC 7517; OKP Ed25519, RFC 8037), by `kid`.
pub struct GateKeys(BTreeMap<String, GateKey>);

/// A key, and the positions of the tenant's log that it may sign, as far as the JWKS says them.
pub(super) struct GateKey {
    pub(super) key: PublicKey,
    signs_from: Option<u64>,
    signs_until: Option<u64>,
}

impl GateKeys {
    /// Reads a JWKS. Keys of other types are passed over (RFC 7517 section 5).
    ///
    /// # Errors
    /// When it is no JWKS, an Ed25519 key of it is malformed, or two have one `kid`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        let refuse = |error: &dyn std::fmt::Display| Refused::Jwks(error.to_string());
        let value = strict::parse(bytes, 16).map_err(|error| refuse(&error))?;
        let jwks = value["keys"].as_array().ok_or_else(|| refuse(&"it has no `keys`"))?;
        let mut keys = BTreeMap::new();
        for jwk in jwks.iter().filter(|jwk| jwk["kty"] == "OKP" && jwk["crv"] == "Ed25519") {
            let kid = jwk["kid"].as_str().ok_or_else(|| refuse(&"a key has no `kid`"))?;
            let key = GateKey {
                key: PublicKey::from_jwk(jwk).map_err(|error| refuse(&error))?,
                signs_from: position(jwk, "signs_from")?,
                signs_until: position(jwk, "signs_until")?,
            };
            if keys.insert(kid.to_owned(), key).is_some() {
                return Err(refuse(&"two keys have one `kid`"));
            }
        }
        Ok(Self(keys))
    }

    pub(super) fn get(&self, kid: &str) -> Result<&GateKey, Refused> {
        self.0.get(kid).ok_or_else(|| Refused::UnknownKey(kid.to_owned()))
    }
}

impl GateKey {
    /// Refuses a position that the key may not sign.
    pub(super) fn may_sign(&self, index: u64) -> Result<(), Refused> {
        let early = self.signs_from.is_some_and(|from| index < from);
        let late = self.signs_until.is_some_and(|until| index >= until);
        if early || late { Err(Refused::Position(index)) } else { Ok(()) }
    }
}

/// A position of the log, if the key has this member.
pub(super) fn position(jwk: &Value, member: &'static str) -> Result<Option<u64>, Refused> {
    let Some(value) = jwk.get(member) else { return Ok(None) };
    let position = value.as_u64().map(Some);
    position.ok_or_else(|| Refused::Jwks(format!("a key's `{member}` is no position")))
}
