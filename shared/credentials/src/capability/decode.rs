use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gw_crypto::strict::{self, StrictJsonError};
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::{
    Caveat, CaveatKind, MAX_CAVEATS, MAX_DEPTH, MAX_TOKEN_BYTES, VERSION, spelling::Spelling,
};
use crate::CredentialError::{self, Malformed};

/// A capability that has been read, and not verified: nothing in it can be relied on yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Capability {
    /// What its issuer says.
    pub claims: Claims,
    /// The id of the root key that its issuer used, as text; outside the signed chain.
    pub kid: Option<String>,
    /// The issuer's statement, as it was received; outside the signed chain, and signed itself.
    pub st: Option<String>,
    /// The caveats, in order.
    pub caveats: Vec<Caveat>,
    pub(super) signature: [u8; 32],
}

/// The signed claims of a capability. A child has its root's: only caveats are appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The token's id; a child keeps its parent's.
    pub jti: String,
    /// The id of the root of the chain.
    pub root_jti: String,
    /// Who minted it, as a name.
    pub iss: String,
    /// The tenant it was minted in: the id's text.
    pub tenant: String,
    /// The zone it was minted in.
    pub zone: String,
    /// The agent.
    pub sub: String,
    /// When it was minted, in Unix seconds; not zero.
    pub iat: i64,
    /// Not valid before, in Unix seconds; zero means always.
    pub nbf: i64,
}

/// Without the signature: whoever has it can use the capability.
impl std::fmt::Debug for Capability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Capability");
        shown.field("claims", &self.claims).field("kid", &self.kid);
        shown.field("caveats", &self.caveats).finish_non_exhaustive()
    }
}

impl Capability {
    /// Reads a token: base64url without padding, strict JSON, version 4, and in each caveat that is
    /// known no member but its own.
    ///
    /// # Errors
    /// `credential.too_large` beyond the caps, `credential.malformed` for anything else that is
    /// not exactly a capability.
    pub fn decode(token: &str) -> Result<Self, CredentialError> {
        let json = decode_text(token)?;
        let Value::Object(members) = strict::parse(&json, MAX_DEPTH).map_err(not_json)? else {
            return Err(Malformed("it is not a JSON object"));
        };
        if integer(&members, "v")? != Some(VERSION) {
            return Err(Malformed("its version is not 4"));
        }
        let claims = Claims::read(&members)?;
        let kid = members.get("kid").map(|kid| text_of(kid, "kid is not text")).transpose()?;
        let st = members.get("st").map(|st| text_of(st, "st is not text")).transpose()?;
        let signature = base64url(&text(&members, "sig")?)?;
        let signature = <[u8; 32]>::try_from(signature)
            .map_err(|_| Malformed("its signature is not 32 bytes long"))?;
        let caveats = read_caveats(members.get("cav"), &json)?;
        Ok(Self { claims, kid, st, caveats, signature })
    }
}

impl Claims {
    fn read(members: &Members) -> Result<Self, CredentialError> {
        let claims = Self {
            jti: text(members, "jti")?,
            root_jti: text(members, "root_jti")?,
            iss: text(members, "iss")?,
            tenant: text(members, "tenant")?,
            zone: text(members, "zone")?,
            sub: text(members, "sub")?,
            iat: integer(members, "iat")?.unwrap_or(0),
            nbf: integer(members, "nbf")?.unwrap_or(0),
        };
        let required = [&claims.jti, &claims.root_jti, &claims.tenant, &claims.zone, &claims.sub];
        if required.iter().any(|claim| claim.is_empty()) {
            return Err(Malformed("jti, root_jti, tenant, zone or sub is empty"));
        }
        if claims.iat == 0 {
            return Err(Malformed("iat is missing"));
        }
        Ok(claims)
    }

    /// The claims' signed text.
    pub(super) fn signed_text(&self) -> String {
        let mut out = format!("{{\"v\":{VERSION}");
        let texts = [
            ("jti", &self.jti),
            ("root_jti", &self.root_jti),
            ("iss", &self.iss),
            ("tenant", &self.tenant),
            ("zone", &self.zone),
            ("sub", &self.sub),
        ];
        for (name, value) in texts {
            out.push_str(",\"");
            out.push_str(name);
            out.push_str("\":");
            Spelling::Gateway.write(value, &mut out);
        }
        out.push_str(&format!(",\"iat\":{}", self.iat));
        if self.nbf != 0 {
            out.push_str(&format!(",\"nbf\":{}", self.nbf));
        }
        out.push('}');
        out
    }
}

pub(super) fn decode_text(token: &str) -> Result<Vec<u8>, CredentialError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(CredentialError::TooLong);
    }
    base64url(token)
}

pub(super) fn base64url(text: &str) -> Result<Vec<u8>, CredentialError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Malformed("it is not base64url without padding"))
}

pub(super) fn not_json(error: StrictJsonError) -> CredentialError {
    Malformed(match error {
        StrictJsonError::Malformed(_) => "its JSON cannot be read",
        StrictJsonError::DuplicateMember(_) => "a member of its JSON occurs twice",
        StrictJsonError::TooDeep(_) => "its JSON nests too deeply",
        StrictJsonError::Nul => "its JSON contains U+0000",
    })
}

fn read_caveats(parsed: Option<&Value>, json: &[u8]) -> Result<Vec<Caveat>, CredentialError> {
    let Some(parsed) = parsed else {
        return Ok(Vec::new());
    };
    let parsed = parsed.as_array().ok_or(Malformed("cav is not a list"))?;
    if parsed.len() > MAX_CAVEATS {
        return Err(CredentialError::TooManyCaveats);
    }
    let AsReceived { cav } =
        serde_json::from_slice(json).map_err(|_| Malformed("its JSON cannot be read"))?;
    let read = |(value, raw): (&Value, &RawValue)| {
        Ok(Caveat { kind: CaveatKind::read(value)?, raw: raw.get().to_owned() })
    };
    parsed.iter().zip(cav).map(read).collect()
}

/// The caveats' text, byte for byte.
#[derive(Deserialize)]
struct AsReceived<'a> {
    #[serde(borrow)]
    cav: Vec<&'a RawValue>,
}

pub(super) type Members = Map<String, Value>;

fn text(members: &Members, name: &str) -> Result<String, CredentialError> {
    let value = members.get(name).ok_or(Malformed("a claim is missing"))?;
    text_of(value, "a claim is not text")
}

pub(super) fn text_of(value: &Value, otherwise: &'static str) -> Result<String, CredentialError> {
    value.as_str().map(ToOwned::to_owned).ok_or(Malformed(otherwise))
}

/// A whole number, not negative, that a signed 64-bit integer holds.
pub(super) fn integer(members: &Members, name: &str) -> Result<Option<i64>, CredentialError> {
    let read = |value: &Value| value.as_i64().filter(|number| *number >= 0);
    members
        .get(name)
        .map(|value| read(value).ok_or(Malformed("a number is not a whole number in range")))
        .transpose()
}
