use chrono::{DateTime, TimeDelta, Utc};
use gw_contracts::CapabilityRevokedV1;
use gw_kernel::{Author, Epoch, RevocationId};
use uuid::Uuid;

/// The most things that are revoked together.
pub(crate) const MAX_TOGETHER: usize = 1_000;
/// The most bytes of ids that are revoked together: they have to fit into one entry of the log.
pub(crate) const MAX_ID_BYTES: usize = 50_000;

/// How long a revocation is kept after what it refuses has ended by itself, in hours: longer than
/// any clock is wrong.
const KEPT_HOURS: i64 = 1;

/// What is refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Selected {
    pub(crate) kind: Kind,
    /// Any text, whether or not something with this id was minted here.
    pub(crate) id: String,
}

/// How something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// By a token's id, with what was attenuated from it.
    Jti,
    /// By the id of the root of a chain.
    Root,
    /// By agent, what was minted until then.
    Subject,
    /// By hop id: every chain that passes through it.
    Hop,
}

impl Kind {
    /// Its word in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Jti => "jti",
            Self::Root => "root",
            Self::Subject => "subject",
            Self::Hop => "hop",
        }
    }

    /// Reads the database's word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let all = [Self::Jti, Self::Root, Self::Subject, Self::Hop];
        all.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One thing that is refused in its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revocation {
    /// Orders the list; UUIDv7.
    pub(crate) id: Uuid,
    /// What was revoked together with it has the same.
    pub(crate) revocation_id: RevocationId,
    pub(crate) selected: Selected,
    /// Why, in the operator's words.
    pub(crate) reason: Option<String>,
    pub(crate) revoked_at: DateTime<Utc>,
    pub(crate) revoked_by: Author,
    /// When what is refused ends by itself, where that is known.
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// What somebody wants to be refused, together.
#[derive(Debug, Clone)]
pub(crate) struct RevokeOrder {
    /// At least one thing, none twice.
    pub(crate) selected: Vec<Selected>,
    pub(crate) reason: Option<String>,
}

/// The fact that these are refused from now on.
pub(crate) fn revoked(
    id: RevocationId,
    selected: &[Selected],
    reason: Option<String>,
    now: DateTime<Utc>,
    epoch: Epoch,
) -> CapabilityRevokedV1 {
    let of = |kind| -> Vec<String> {
        let own = selected.iter().filter(|selected| selected.kind == kind);
        own.map(|selected| selected.id.clone()).collect()
    };
    let subjects = of(Kind::Subject);
    CapabilityRevokedV1 {
        revocation_id: id,
        jtis: of(Kind::Jti),
        root_jtis: of(Kind::Root),
        hop_ids: of(Kind::Hop),
        until_epoch: (!subjects.is_empty()).then_some(epoch),
        subjects,
        revoked_at: now,
        reason,
    }
}

/// What ended before this moment needs no revocation any more.
pub(crate) fn forgotten_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_sub_signed(TimeDelta::hours(KEPT_HOURS)).unwrap_or(now)
}
