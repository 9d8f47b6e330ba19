use gw_credentials::{CredentialError, capability::MAX_TOOLS};
use gw_crypto::seal::SealError;
use gw_db::DbError;
use gw_kernel::{Fault, FaultKind};

use crate::domain::{MAX_ID_BYTES, MAX_TOGETHER};

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
    /// A blank, or a pattern that no gate can read: it would allow nothing.
    #[error("{member} holds an entry that is blank or cannot be read: `{entry}`")]
    BadEntry {
        /// The list at fault.
        member: &'static str,
        /// The entry.
        entry: String,
    },
    /// More entries than a gate compares.
    #[error("{0} must not list more than {MAX_TOOLS} entries")]
    TooManyEntries(&'static str),
    /// More than is revoked together.
    #[error("at most {MAX_TOGETHER} ids are revoked together, of {MAX_ID_BYTES} bytes in all")]
    TooManyIds,
    /// The tenant has no such root key.
    #[error("there is no such root key")]
    RootKeyNotFound,
    /// It is the key that is minted under.
    #[error("the root key is in use; rotate, and it retires")]
    RootKeyActive,
    /// A restriction that no gate enforces yet. Minting it would be a promise.
    #[error("`{0}` is not enforced yet, so no capability is minted with it")]
    CaveatUnavailable(&'static str),
    /// The tenant in the request is not the caller's.
    #[error("capabilities are minted for one's own tenant alone")]
    AnotherTenant,
    /// The whole would be a token that no gate reads.
    #[error("the capability would be too large: {0}")]
    Unreadable(#[from] CredentialError),
    /// The root key does not open.
    #[error("the tenant's root key cannot be read; nothing can be minted until it can")]
    Sealed(#[from] SealError),
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
            Self::TooManyEntries(_) | Self::TooManyIds | Self::BadEntry { .. } => {
                FaultKind::Malformed
            }
            Self::RootKeyNotFound => FaultKind::NotFound,
            Self::RootKeyActive => FaultKind::Conflict,
            Self::CaveatUnavailable(_) | Self::Unreadable(_) => FaultKind::Unprocessable,
            Self::AnotherTenant => FaultKind::Forbidden,
            Self::Sealed(_) => FaultKind::Unavailable,
            Self::RevokedMeanwhile => FaultKind::Internal,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Required(_) => "request.missing_member",
            Self::Negative(_) | Self::TooLarge { .. } | Self::BadEntry { .. } => {
                "request.invalid_value"
            }
            Self::TooManyEntries(_) | Self::TooManyIds => "request.too_long",
            Self::CaveatUnavailable(_) => "capability.caveat_unavailable",
            Self::RootKeyNotFound => "capability.root_key_not_found",
            Self::RootKeyActive => "capability.root_key_active",
            Self::AnotherTenant => "capability.another_tenant",
            Self::Unreadable(_) => "capability.too_large",
            Self::Sealed(_) => "capability.root_key_unreadable",
            Self::RevokedMeanwhile => "internal.raced",
            Self::Db(error) => error.code(),
        }
    }

    fn pointer(&self) -> Option<String> {
        match self {
            Self::Required(member)
            | Self::Negative(member)
            | Self::TooLarge { member, .. }
            | Self::BadEntry { member, .. }
            | Self::TooManyEntries(member)
            | Self::CaveatUnavailable(member) => Some(format!("/{member}")),
            Self::TooManyIds => Some("/jtis".to_owned()),
            Self::AnotherTenant => Some("/tenant".to_owned()),
            _ => None,
        }
    }
}
