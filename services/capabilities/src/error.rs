use gw_credentials::{CredentialError, capability::MAX_TOOLS};
use gw_crypto::seal::SealError;
use gw_db::DbError;
use gw_kernel::{Fault, FaultKind};

/// Why a capability could not be minted or revoked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CapabilityError {
    /// A member that has to be there is absent or blank.
    #[error("{0} is required")]
    Required(&'static str),
    /// A number is below what it can mean.
    #[error("{0} must be >= 0")]
    Negative(&'static str),
    /// A number is beyond what can be kept.
    #[error("{member} must be <= {limit}")]
    TooLarge {
        /// The member at fault.
        member: &'static str,
        /// The largest value.
        limit: i64,
    },
    /// A pattern that no gate can read: it would allow nothing.
    #[error("tools holds an entry that is blank or is not a shell glob: `{0}`")]
    BadTool(String),
    /// More tools than a gate compares.
    #[error("tools must not list more than {MAX_TOOLS} entries")]
    TooManyTools,
    /// A restriction that no gate enforces yet. Minting it would be a promise.
    #[error("`{0}` is not enforced yet, so no capability is minted with it")]
    CaveatUnavailable(&'static str),
    /// A way to choose what is revoked that is not built yet.
    #[error("`{0}` is not supported yet; revoke by `jti`")]
    NotSupported(&'static str),
    /// The tenant in the request is not the caller's.
    #[error("capabilities are minted for one's own tenant alone")]
    AnotherTenant,
    /// The whole would be a token that no gate reads.
    #[error("the capability would be too large: {0}")]
    Unreadable(#[from] CredentialError),
    /// The root key does not open.
    #[error("the tenant's root key cannot be read; nothing can be minted until it can")]
    Sealed(#[from] SealError),
    /// Another first mint made the root key, and it is not there.
    #[error("the tenant's root key went away while it was made")]
    NoRootKey,
    /// Another revocation of the same token was there, and is not.
    #[error("the revocation went away while it was made")]
    RevokedMeanwhile,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for CapabilityError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Required(_) | Self::Negative(_) | Self::TooLarge { .. } => FaultKind::Malformed,
            Self::TooManyTools | Self::NotSupported(_) | Self::BadTool(_) => FaultKind::Malformed,
            Self::CaveatUnavailable(_) | Self::Unreadable(_) => FaultKind::Unprocessable,
            Self::AnotherTenant => FaultKind::Forbidden,
            Self::Sealed(_) => FaultKind::Unavailable,
            Self::NoRootKey | Self::RevokedMeanwhile => FaultKind::Internal,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Required(_) => "request.missing_member",
            Self::Negative(_) | Self::TooLarge { .. } | Self::BadTool(_) => "request.invalid_value",
            Self::TooManyTools => "request.too_long",
            Self::CaveatUnavailable(_) => "capability.caveat_unavailable",
            Self::NotSupported(_) => "request.not_supported",
            Self::AnotherTenant => "capability.another_tenant",
            Self::Unreadable(_) => "capability.too_large",
            Self::Sealed(_) => "capability.root_key_unreadable",
            Self::NoRootKey | Self::RevokedMeanwhile => "internal.raced",
            Self::Db(error) => error.code(),
        }
    }

    fn pointer(&self) -> Option<String> {
        match self {
            Self::Required(member)
            | Self::Negative(member)
            | Self::TooLarge { member, .. }
            | Self::CaveatUnavailable(member)
            | Self::NotSupported(member) => Some(format!("/{member}")),
            Self::TooManyTools | Self::BadTool(_) => Some("/tools".to_owned()),
            Self::AnotherTenant => Some("/tenant".to_owned()),
            _ => None,
        }
    }
}
