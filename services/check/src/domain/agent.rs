//! An agent that asks for itself: its capability is all that it shows, and the tenant that it names
//! is a claim until the capability's signature has verified.

use gw_credentials::{CredentialError, capability::Capability};
use gw_decision::{CapabilityToken, Presented, Refusal};
use gw_kernel::TenantId;
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::{RequestError, credential};

/// Headers of compatible clients that ask for what is not built: refused, never ignored.
const UNSUPPORTED: &[&str] =
    &["x-intentgate-obo", "x-intentgate-approval-id", "x-intent-memory-provenance"];

/// What an agent shows of itself; nothing of it is verified.
#[derive(Debug)]
pub(crate) struct Agent {
    /// The tenant that the capability names. It chooses the snapshot, and nothing else.
    pub(super) tenant: TenantId,
    /// The capability.
    pub(super) token: CapabilityToken,
    /// The agent that the capability names.
    pub(super) subject: String,
}

/// What an agent asks for.
#[derive(Debug)]
pub(crate) struct Call {
    /// The tool.
    pub(crate) action: String,
    /// The call's arguments.
    pub(crate) arguments: Option<Value>,
}

impl Agent {
    /// Reads the capability in `Authorization: Bearer`, or in the body where the surface has a
    /// member for it. Two that differ are none.
    ///
    /// # Errors
    /// When there is none that can be read.
    pub(crate) fn shown(headers: &HeaderMap, member: Option<&str>) -> Result<Self, Refusal> {
        let token = one_token(headers, member)?;
        let claims = Capability::decode(token)?.claims;
        let tenant = claims.tenant.parse::<TenantId>();
        let tenant = tenant.ok().filter(|tenant| *tenant != TenantId::PLATFORM);
        let tenant = tenant.ok_or(CredentialError::WrongTenant)?;
        let token = CapabilityToken::new(token.to_owned());
        alone(&token, headers)?;
        Ok(Self { tenant, token, subject: claims.sub })
    }

    /// The tenant that it claims to belong to.
    pub(crate) const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Its capability.
    pub(crate) const fn token(&self) -> &CapabilityToken {
        &self.token
    }

    /// The same agent, with what is known of its capability.
    pub(crate) fn with_token(self, token: CapabilityToken) -> Self {
        Self { token, ..self }
    }

    /// Refuses headers that ask for more than is built.
    ///
    /// # Errors
    /// The first such header, by name.
    pub(crate) fn refuse_unsupported(headers: &HeaderMap) -> Result<(), RequestError> {
        let asked = UNSUPPORTED.iter().find(|name| headers.contains_key(**name));
        asked.map_or(Ok(()), |name| Err(RequestError::HeaderNotSupported(name)))
    }
}

fn one_token<'a>(headers: &'a HeaderMap, member: Option<&'a str>) -> Result<&'a str, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let header = match (values.next(), values.next()) {
        (None, _) => None,
        (Some(only), None) => {
            let text = only.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
            Some(text.ok_or(CredentialError::Malformed("it does not stand after `Bearer `"))?)
        }
        _ => return Err(two().into()),
    };
    match (header, member) {
        (Some(one), Some(other)) if one != other => Err(two().into()),
        (Some(token), _) | (None, Some(token)) => Ok(token),
        (None, None) => Err(Refusal::AgentUnknown("no credential was presented")),
    }
}

/// Refuses another credential beside this one, of whatever kind and however broken.
fn alone(token: &CapabilityToken, headers: &HeaderMap) -> Result<(), CredentialError> {
    match credential::read(&Map::new(), headers) {
        Presented::None => Ok(()),
        Presented::Capability(other) if other.sha256() == token.sha256() => Ok(()),
        _ => Err(two()),
    }
}

const fn two() -> CredentialError {
    CredentialError::Malformed("more than one credential was presented, and they differ")
}
