use std::collections::BTreeMap;

use gw_crypto::{keys::PublicKey, strict};

use super::Refused;

/// A gate's published keys (JWKS, RFC 7517; OKP Ed25519, RFC 8037), by `kid`.
pub struct GateKeys(BTreeMap<String, PublicKey>);

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
            let key = PublicKey::from_jwk(jwk).map_err(|error| refuse(&error))?;
            if keys.insert(kid.to_owned(), key).is_some() {
                return Err(refuse(&"two keys have one `kid`"));
            }
        }
        Ok(Self(keys))
    }

    pub(super) fn get(&self, kid: &str) -> Result<&PublicKey, Refused> {
        self.0.get(kid).ok_or_else(|| Refused::UnknownKey(kid.to_owned()))
    }
}
