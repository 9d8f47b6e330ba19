use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use gw_crypto::{
    keys::{PublicKey, SigningKey},
    sha256, strict,
};
use gw_kernel::{Epoch, RootKeyId};
use serde::{Deserialize, Serialize};

use super::{Capability, Claims, MAX_DEPTH, decode::base64url};
use crate::CredentialError;

/// What an issuer states about a capability: a compact JWS (RFC 7515, `alg` EdDSA) over the root
/// section, which anybody verifies with the tenant's published key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The token's id.
    pub jti: String,
    /// The id of the root of its chain.
    pub root_jti: String,
    /// Who minted it, as a name.
    pub iss: String,
    /// The agent.
    pub sub: String,
    /// The tenant's id.
    pub tenant: String,
    /// The zone.
    pub zone: String,
    /// When it was minted, in Unix seconds.
    pub iat: i64,
    /// Not valid before, in Unix seconds; absent where it is zero.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nbf: i64,
    /// The tenant's epoch at the mint.
    pub epoch: Epoch,
    /// SHA-256 of the root's caveats as they were signed, one after the other; base64.
    pub cav_sha256: String,
    /// When a person confirmed the mint, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_up_at: Option<i64>,
}

/// What a capability claims beyond its chain, by its issuer's word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claimed {
    /// The tenant's epoch at the mint.
    pub minted_at: Option<Epoch>,
    /// When a person confirmed the mint, in Unix seconds.
    pub step_up_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

const ALG: &str = "EdDSA";
const TYP: &str = "gw-capability+jwt";

impl Statement {
    /// States these claims and the caveats that were minted with them, as they are signed.
    pub(super) fn new(claims: &Claims, caveats: &[String], claimed: Claimed) -> Self {
        Self {
            jti: claims.jti.clone(),
            root_jti: claims.root_jti.clone(),
            iss: claims.iss.clone(),
            sub: claims.sub.clone(),
            tenant: claims.tenant.clone(),
            zone: claims.zone.clone(),
            iat: claims.iat,
            nbf: claims.nbf,
            epoch: claimed.minted_at.unwrap_or_default(),
            cav_sha256: STANDARD.encode(sha256(caveats.concat().as_bytes())),
            step_up_at: claimed.step_up_at,
        }
    }

    /// The JWS in its compact form.
    pub(super) fn sign(&self, key: &SigningKey, kid: RootKeyId) -> String {
        let header = Header { alg: ALG.to_owned(), typ: TYP.to_owned(), kid: kid.to_string() };
        let signed = format!("{}.{}", part(&header), part(self));
        let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// Reads a compact JWS that this key signed under this `kid`.
    ///
    /// # Errors
    /// `credential.signature` when it is anything else.
    pub fn verify(jws: &str, key: &PublicKey, kid: &str) -> Result<Self, CredentialError> {
        let wrong = CredentialError::Signature;
        let (signed, signature) = jws.rsplit_once('.').ok_or(wrong.clone())?;
        let (header, payload) = signed.split_once('.').ok_or(wrong.clone())?;
        let signature = base64url(signature).map_err(|_| wrong.clone())?;
        key.verify_strict(signed.as_bytes(), &signature).map_err(|_| wrong.clone())?;
        let header: Header = read(header)?;
        if header.alg != ALG || header.typ != TYP || header.kid != kid {
            return Err(wrong);
        }
        read(payload)
    }

    /// Whether it is about these claims.
    fn is_of(&self, claims: &Claims) -> bool {
        let texts = [
            (&self.jti, &claims.jti),
            (&self.root_jti, &claims.root_jti),
            (&self.iss, &claims.iss),
            (&self.sub, &claims.sub),
            (&self.tenant, &claims.tenant),
            (&self.zone, &claims.zone),
        ];
        texts.iter().all(|(stated, claimed)| stated == claimed)
            && (self.iat, self.nbf) == (claims.iat, claims.nbf)
    }

    /// Whether the chain begins with the caveats that it states. What follows was appended.
    fn begins(&self, caveats: &[&str]) -> bool {
        (0..=caveats.len()).any(|count| {
            let root = caveats[..count].concat();
            STANDARD.encode(sha256(root.as_bytes())) == self.cav_sha256
        })
    }
}

impl Capability {
    /// What the statement claims, if there is one. `caveats` as they were signed.
    pub(super) fn check_statement(
        &self,
        key: &PublicKey,
        caveats: &[&str],
    ) -> Result<Claimed, CredentialError> {
        let Some(jws) = &self.st else {
            return Ok(Claimed::default());
        };
        let statement = Statement::verify(jws, key, self.kid.as_deref().unwrap_or_default())?;
        if !statement.is_of(&self.claims) || !statement.begins(caveats) {
            return Err(CredentialError::Signature);
        }
        Ok(Claimed { minted_at: Some(statement.epoch), step_up_at: statement.step_up_at })
    }
}

fn part<T: Serialize>(value: &T) -> String {
    // Text and whole numbers: serialising them does not fail.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap_or_default())
}

fn read<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, CredentialError> {
    let bytes = base64url(part).map_err(|_| CredentialError::Signature)?;
    let value = strict::parse(&bytes, MAX_DEPTH).map_err(|_| CredentialError::Signature)?;
    serde_json::from_value(value).map_err(|_| CredentialError::Signature)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}
