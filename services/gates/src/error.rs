use gw_db::DbError;
use gw_kernel::{Fault, FaultKind, GateId};
use gw_web::PreconditionFailed;

use crate::domain::{GateName, GateNameError};

/// Why a gate could not be made, changed or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GateError {
    /// No gate has this id or name in the caller's tenant.
    #[error("there is no such gate")]
    NotFound,
    /// Names are unique within a tenant.
    #[error("another gate is called `{0}`")]
    NameTaken(GateName),
    /// The wanted name is none.
    #[error(transparent)]
    Name(#[from] GateNameError),
    /// Neither `L1`, `L2` nor `L3`, or two of the three spellings disagree.
    #[error("{1}")]
    Profile(&'static str, String),
    /// A word that the member may not hold.
    #[error("`{member}` is one of {words}")]
    BadWord {
        /// The member at fault.
        member: &'static str,
        /// What it may hold.
        words: &'static str,
    },
    /// Something that gates cannot do yet; taking it silently would promise it.
    #[error("`{0}` is not available yet; leave it out")]
    OptionUnavailable(&'static str),
    /// The tenant has as many gates as its plan allows.
    #[error("the tenant may have {0} gates at a time, and has them")]
    LimitReached(i32),
    /// The caller's key is limited to certain gates, and a new one is none of them.
    #[error("this API key is limited to certain gates and cannot create another")]
    KeyLimited,
    /// It answers no checks and takes no changes.
    #[error("the gate {0} is archived; restore it to change it")]
    Archived(GateId),
    /// Paths that name no gate mean this one: it was chosen for them.
    #[error("the gate {0} is the tenant's default gate; choose another, or none, to archive it")]
    IsDefault(GateId),
    /// It was changed since the caller read it.
    #[error(transparent)]
    Precondition(#[from] PreconditionFailed),
    /// A member that nobody can change says something else than what is so.
    #[error("`{0}` cannot be changed; leave it out, or as it is")]
    ReadOnly(&'static str),
    /// The gate has no such key pair.
    #[error("the gate has no such key pair")]
    NoKeypair,
    /// A gate without a key pair that signs could not answer.
    #[error("the key pair signs; rotate it instead, with `overlap_seconds` 0 to retire it at once")]
    KeypairActive,
    /// Two rotations at once; this one lost.
    #[error("the gate's key pair was rotated by somebody else just now")]
    RotationRaced,
    /// A stored row is not what the schema promises.
    #[error("gate {0} is stored in a form that this release cannot read")]
    Unreadable(GateId),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for GateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl Fault for GateError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NotFound | Self::NoKeypair => FaultKind::NotFound,
            Self::NameTaken(_)
            | Self::KeypairActive
            | Self::RotationRaced
            | Self::IsDefault(_)
            | Self::LimitReached(_) => FaultKind::Conflict,
            Self::Name(_)
            | Self::Profile(..)
            | Self::BadWord { .. }
            | Self::OptionUnavailable(_)
            | Self::ReadOnly(_) => FaultKind::Unprocessable,
            Self::KeyLimited => FaultKind::Forbidden,
            Self::Archived(_) => FaultKind::Gone,
            Self::Precondition(error) => error.kind(),
            Self::Unreadable(_) => FaultKind::Internal,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "gate.not_found",
            Self::NameTaken(_) => "gate.name_taken",
            Self::Name(GateNameError::Malformed) => "gate.bad_name",
            Self::Name(GateNameError::ReadsAsId) => "gate.name_reads_as_id",
            Self::Profile(..) => "gate.bad_profile",
            Self::BadWord { .. } => "gate.bad_word",
            Self::OptionUnavailable(_) => "gate.option_unavailable",
            Self::LimitReached(_) => "limit.gates",
            Self::KeyLimited => "gate.key_limited",
            Self::Archived(_) => "gate.archived",
            Self::IsDefault(_) => "gate.is_default",
            Self::Precondition(error) => error.code(),
            Self::ReadOnly(_) => "gate.read_only",
            Self::NoKeypair => "keypair.not_found",
            Self::KeypairActive => "keypair.active",
            Self::RotationRaced => "keypair.rotation_raced",
            Self::Unreadable(_) => "internal.row",
            Self::Db(error) => error.code(),
        }
    }

    fn pointer(&self) -> Option<String> {
        let member = match self {
            Self::NameTaken(_) | Self::Name(_) => "gate_id",
            Self::Profile(member, _)
            | Self::BadWord { member, .. }
            | Self::OptionUnavailable(member)
            | Self::ReadOnly(member) => member,
            _ => return None,
        };
        Some(format!("/{member}"))
    }
}
