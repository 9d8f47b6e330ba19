use gw_kernel::{Fault, FaultKind};

use crate::capability::{MAX_CAVEATS, MAX_TOKEN_BYTES, MAX_TOOLS};

/// Why a credential cannot be used, whatever is asked with it.
///
/// The text is one sentence for the person who presented it; it never repeats the credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// It is not a credential of its kind.
    #[error("the capability cannot be read: {0}")]
    Malformed(&'static str),
    /// The token has more bytes than are read.
    #[error("the capability is longer than {MAX_TOKEN_BYTES} bytes")]
    TooLong,
    /// The chain has more links than are followed.
    #[error("the capability has more than {MAX_CAVEATS} caveats")]
    TooManyCaveats,
    /// A caveat lists more tools than are compared.
    #[error("a caveat of the capability lists more than {MAX_TOOLS} tools")]
    TooManyTools,
    /// The chain does not lead from the root key to the signature.
    #[error("the capability's signature does not match its contents")]
    Signature,
    /// It was minted for another tenant.
    #[error("the capability belongs to another tenant")]
    WrongTenant,
    /// Its `nbf` is in the future.
    #[error("the capability is not valid yet")]
    NotYetValid,
}

impl CredentialError {
    /// The stable code: `credential.malformed`, `credential.signature`, ...
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "credential.malformed",
            Self::TooLong | Self::TooManyCaveats | Self::TooManyTools => "credential.too_large",
            Self::Signature => "credential.signature",
            Self::WrongTenant => "credential.wrong_tenant",
            Self::NotYetValid => "credential.not_yet_valid",
        }
    }
}

impl Fault for CredentialError {
    fn kind(&self) -> FaultKind {
        FaultKind::Unprocessable
    }

    fn code(&self) -> &'static str {
        self.code()
    }
}
