use std::sync::Arc;

use gw_contracts::CheckRefusedV1;
use gw_kernel::{ApiKeyId, TenantId};
use gw_web::Problem;

use crate::limits::{NoRoom, Standing};

/// Who was refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    /// A key whose secret was shown.
    Key(ApiKeyId),
    /// An agent whose capability's signature is good, by the root of its chain: those that were
    /// made offline from one that was minted are one source.
    Agent(Arc<str>),
    /// Whoever proved nothing.
    Unverified,
    /// All for whom there was no room.
    Other,
}

impl Source {
    /// Its name in the log.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Key(id) => id.to_string(),
            Self::Agent(root) => format!("root:{root}"),
            Self::Unverified => CheckRefusedV1::UNVERIFIED.to_owned(),
            Self::Other => CheckRefusedV1::OTHER.to_owned(),
        }
    }
}

/// One request on its way: who asks, as far as that is proven, and why it was refused, if it was.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    proven: Option<(TenantId, Source)>,
    refused: Option<&'static str>,
    /// How the limits stand that it takes from, for the headers of its answer.
    standing: Vec<Standing>,
}

impl Asking {
    /// The secret of this tenant's key was shown. The key may have ended.
    pub(crate) fn is_key(&mut self, tenant: TenantId, key: ApiKeyId) {
        self.proven = Some((tenant, Source::Key(key)));
    }

    /// The signature of one of this tenant's capabilities is good. It may have ended.
    pub(crate) fn is_agent(&mut self, tenant: TenantId, root: &str) {
        self.proven = Some((tenant, Source::Agent(root.into())));
    }

    /// It takes from a limit, if there is one, or meets it.
    pub(crate) fn takes(&mut self, taken: Result<Option<Standing>, NoRoom>) -> Result<(), NoRoom> {
        let (standing, taken) = match taken {
            Ok(standing) => (standing, Ok(())),
            Err(NoRoom::Now(limited)) => (Some(limited.standing()), Err(NoRoom::Now(limited))),
            Err(ever) => (None, Err(ever)),
        };
        if let Some(standing) = standing {
            self.standing.retain(|known| !known.is_of(&standing));
            self.standing.push(standing);
        }
        taken
    }

    /// How the limits stand that it took from.
    pub(crate) fn take_standing(&mut self) -> Vec<Standing> {
        std::mem::take(&mut self.standing)
    }

    /// It is refused, and nothing was decided. A code is always one of ours, never the caller's.
    pub(crate) fn refuse(&mut self, code: &'static str) {
        self.refused = Some(code);
    }

    /// It is answered with this problem: a refusal, where the status says that it is the caller's.
    pub(crate) fn hear(&mut self, problem: &Problem) {
        if problem.status().is_client_error() {
            self.refuse(problem.code());
        }
    }

    /// Whose log counts it, as whom and why, if it was refused.
    pub(super) fn into_refusal(self) -> Option<(TenantId, Source, &'static str)> {
        let code = self.refused?;
        let (tenant, source) = self.proven.unwrap_or((TenantId::PLATFORM, Source::Unverified));
        Some((tenant, source, code))
    }
}
