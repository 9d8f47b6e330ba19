//! The text of API keys: `gw_<tenant>_<key>_<secret>`, and `gw_platform_<key>_<secret>`.
//!
//! The tenant and the key's id stand in the text, so that the tenant can be bound before
//! anything is looked up. Until the secret has been compared they are only *claimed*. What is
//! stored is the SHA-256 of the secret's 32 bytes; they are random, so a slow hash adds nothing.

use gw_crypto::Hash;
use gw_kernel::{ApiKeyId, TenantId, base32_decode, base32_encode};
use http::{HeaderMap, header};
use secrecy::SecretString;

const PLATFORM: &str = "platform";

/// An API key as the caller showed it. Nothing of it is verified.
#[derive(Clone, PartialEq, Eq)]
pub struct PresentedKey {
    /// The tenant that the text names; [`TenantId::PLATFORM`] for a platform key.
    pub tenant: TenantId,
    /// Which key it says it is.
    pub id: ApiKeyId,
    /// What the stored hash has to be equal to.
    pub secret_sha256: Hash,
}

impl PresentedKey {
    /// Whether it is a platform key.
    #[must_use]
    pub fn is_platform(&self) -> bool {
        self.tenant == TenantId::PLATFORM
    }
}

impl std::fmt::Debug for PresentedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PresentedKey({}, {})", self.tenant, self.id)
    }
}

/// Reads `Authorization: Bearer <key>`: exactly one such header, the scheme in any case.
#[must_use]
pub fn from_headers(headers: &HeaderMap) -> Option<PresentedKey> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| parse(token.trim_start()))?
}

/// Reads a key's text, which has exactly one spelling.
#[must_use]
pub fn parse(text: &str) -> Option<PresentedKey> {
    let mut parts = text.strip_prefix("gw_")?.split('_');
    let (tenant, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let tenant = match tenant {
        PLATFORM => TenantId::PLATFORM,
        body => TenantId::from_body(body).ok().filter(|id| *id != TenantId::PLATFORM)?,
    };
    let secret: [u8; 32] = base32_decode(secret).ok()?;
    let secret_sha256 = gw_crypto::sha256(secret);
    Some(PresentedKey { tenant, id: ApiKeyId::from_body(id).ok()?, secret_sha256 })
}

/// Writes the key of a tenant, or of the platform when there is none.
///
/// Answers the whole text, which is shown once; the hash of the secret, which is stored; and the
/// text without the secret, which tells keys apart in lists.
#[must_use]
pub fn generate(
    tenant: Option<TenantId>,
    id: ApiKeyId,
    secret: [u8; 32],
) -> (SecretString, Hash, String) {
    let tenant = tenant.map_or_else(|| PLATFORM.to_owned(), TenantId::body);
    let prefix = format!("gw_{tenant}_{}", id.body());
    let text = SecretString::from(format!("{prefix}_{}", base32_encode(&secret)));
    (text, gw_crypto::sha256(secret), prefix)
}

#[cfg(test)]
mod tests {
    use gw_kernel::Id;
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let id = ApiKeyId::at(chrono::DateTime::UNIX_EPOCH, [3; 10]);
        for tenant in [None, Some(Id::at(chrono::DateTime::UNIX_EPOCH, [4; 10]))] {
            let (text, sha256, prefix) = generate(tenant, id, [9; 32]);
            let text = text.expose_secret();
            let read = parse(text).unwrap();
            assert_eq!(read.tenant, tenant.unwrap_or(TenantId::PLATFORM));
            assert_eq!((read.id, read.secret_sha256), (id, sha256));
            assert!(parse(&format!("{text}_")).is_none());
            assert!(parse(&text.to_uppercase()).is_none());
            assert!(parse(&prefix).is_none());
        }
    }

    #[test]
    fn the_platform_has_one_spelling() {
        let id = ApiKeyId::at(chrono::DateTime::UNIX_EPOCH, [3; 10]);
        let (zero, ..) = generate(Some(TenantId::PLATFORM), id, [9; 32]);
        assert!(parse(zero.expose_secret()).is_none());
    }

    #[test]
    fn only_one_bearer_header_counts() {
        let id = ApiKeyId::at(chrono::DateTime::UNIX_EPOCH, [3; 10]);
        let (text, ..) = generate(None, id, [9; 32]);
        let with = |values: &[String]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            from_headers(&headers).is_some()
        };
        let bearer = format!("Bearer {}", text.expose_secret());
        assert!(with(std::slice::from_ref(&bearer)));
        assert!(with(&[bearer.to_lowercase()]));
        assert!(!with(&[bearer.clone(), bearer.clone()]));
        assert!(!with(&[bearer.replace("Bearer", "Basic")]));
        assert!(!with(&[text.expose_secret().to_owned()]));
        assert!(!with(&[]));
    }
}
