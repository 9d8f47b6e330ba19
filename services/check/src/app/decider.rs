use std::sync::Arc;

use chrono::{DateTime, Utc};
use gw_credentials::CredentialError;
use gw_decision::{CapabilityToken, Outcome, Presented, VerifiedCapability, authenticate, decide};
use gw_journal::DecideError;
use gw_kernel::{Clock, Epoch, TenantId};

use super::{
    Remembered, Verdict,
    decision::{Decision, Unit},
    refused::{Refused, stranger},
};
use crate::{
    domain::{Asked, Inquiry},
    snapshot::{Loaded, SnapshotError, Snapshots},
};

type Deciding<T> = Result<T, DecideError<Refused>>;

/// After so many checks of a unit, others have their turn.
const TURN: usize = 16;

/// Decides checks from snapshots.
pub(crate) struct Decider {
    snapshots: Snapshots,
    remembered: Remembered,
    clock: Arc<dyn Clock>,
}

impl Decider {
    /// Remembers nothing yet.
    pub(crate) fn new(snapshots: Snapshots, remembered: Remembered, clock: Arc<dyn Clock>) -> Self {
        Self { snapshots, remembered, clock }
    }

    /// The credential, with what is known of it.
    pub(crate) fn recall(&self, presented: Presented) -> Presented {
        self.remembered.recall(presented)
    }

    /// The same for a capability.
    pub(crate) fn recall_token(&self, token: CapabilityToken) -> CapabilityToken {
        self.remembered.recall_token(token)
    }

    /// Follows a capability's signatures under the keys that this tenant has now.
    pub(crate) fn verify(
        &self,
        token: &CapabilityToken,
        loaded: &Loaded,
    ) -> Result<Arc<VerifiedCapability>, CredentialError> {
        token.verify(&loaded.snapshot, self.clock.now())
    }

    /// Who asks, from what is true no earlier than now; nothing is decided or recorded.
    pub(crate) async fn authenticate(
        &self,
        asked: &Asked,
    ) -> Result<Outcome, DecideError<Refused>> {
        let unknown = |error| missing(asked, error);
        let loaded = self.snapshots.fresh(asked.tenant).await.map_err(unknown)?;
        let outcome = authenticate(&loaded.snapshot, &asked.question, self.clock.now());
        outcome.map_err(|refusal| DecideError::Refused(refusal.into()))
    }

    /// What is decided from what is true no earlier than now, for whoever only wants to know.
    pub(crate) async fn rehearse(&self, asked: Asked) -> Deciding<Verdict> {
        let unknown = |error| missing(&asked, error);
        let loaded = self.snapshots.fresh(asked.tenant).await.map_err(unknown)?;
        let (inquiry, now) = (Arc::new(Inquiry::Check(asked)), self.clock.now());
        self.judge(&inquiry, 0, loaded, now).map_err(DecideError::Refused)
    }

    /// Decides everything from one state and for one moment.
    async fn decide_from(
        &self,
        inquiry: &Arc<Inquiry>,
        loaded: &Arc<Loaded>,
    ) -> Result<Decision, Refused> {
        let now = self.clock.now();
        let judge = |place| self.judge(inquiry, place, Arc::clone(loaded), now);
        let Inquiry::Unit { checks, keyed } = &**inquiry else {
            return judge(0).map(Decision::Check);
        };
        let mut verdicts = Vec::with_capacity(checks.len());
        for place in 0..checks.len() {
            if place % TURN == TURN - 1 {
                tokio::task::yield_now().await;
            }
            verdicts.push(judge(place).map_err(|refused| refused.within(place))?);
        }
        Unit::of(verdicts, *keyed, Arc::clone(loaded)).map(Decision::Unit)
    }

    fn judge(
        &self,
        inquiry: &Arc<Inquiry>,
        place: usize,
        loaded: Arc<Loaded>,
        now: DateTime<Utc>,
    ) -> Result<Verdict, Refused> {
        let asked = inquiry.at(place);
        let outcome = decide(&loaded.snapshot, &asked.question, now)?;
        if let (Presented::Capability(token), Some(verified)) =
            (&asked.question.credential, &outcome.verified)
        {
            self.remembered.keep(token, verified);
        }
        Verdict::prepare(Arc::clone(inquiry), place, loaded, outcome)
    }
}

impl gw_journal::Deciding for Decider {
    type Question = Inquiry;
    type Decided = Decision;
    type Refusal = Refused;

    /// A refusal leaves no record, so no head stands behind it to say that it was made too early:
    /// it is made again from what is true now.
    async fn decide(&self, inquiry: &Arc<Inquiry>, at_least: Epoch) -> Deciding<Decision> {
        let (tenant, unknown) = (inquiry.tenant(), |error| missing(inquiry.at(0), error));
        let loaded = self.snapshots.at_least(tenant, at_least).await.map_err(unknown)?;
        match self.decide_from(inquiry, &loaded).await {
            Err(Refused::Caller(_)) => {
                let loaded = self.snapshots.fresh(tenant).await.map_err(unknown)?;
                self.decide_from(inquiry, &loaded).await.map_err(DecideError::Refused)
            }
            decided => decided.map_err(DecideError::Refused),
        }
    }

    async fn decide_under_head(
        &self,
        inquiry: &Arc<Inquiry>,
        epoch: Epoch,
        side: usize,
    ) -> Deciding<Decision> {
        let loaded = self.snapshots.under_head(inquiry.tenant(), epoch, side).await;
        let loaded = loaded.map_err(|error| missing(inquiry.at(0), error))?;
        self.decide_from(inquiry, &loaded).await.map_err(DecideError::Refused)
    }

    fn forget(&self, tenant: TenantId, acknowledged: DateTime<Utc>) {
        self.snapshots.forget(tenant, acknowledged);
    }
}

fn missing(asked: &Asked, error: SnapshotError) -> DecideError<Refused> {
    match error {
        SnapshotError::Unknown => DecideError::Refused(stranger(&asked.question.caller).into()),
        SnapshotError::Stale => DecideError::Stale,
    }
}
