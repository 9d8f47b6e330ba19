use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, Utc};
use gw_credentials::capability::Verified;
use gw_kernel::{Epoch, TenantId};

use crate::{
    ApiKey, Gate, KillScope, Mode, Reservation, VerifiedCapability, stages::KILL_SWITCH,
    words::words,
};

/// What was decided, before anything was taken.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The tenant.
    pub tenant: TenantId,
    /// The epoch of the snapshot it was decided from.
    pub epoch: Epoch,
    /// The moment it was decided for.
    pub decided_at: DateTime<Utc>,
    /// The gate.
    pub gate: Arc<Gate>,
    /// Who asked.
    pub caller: Caller,
    /// The answer.
    pub decision: Verdict,
    /// At a gate that observes: what enforcement would have said, where that is not the answer.
    pub would: Option<Verdict>,
    /// Why: one of our codes.
    pub code: &'static str,
    /// Why, in one sentence.
    pub reason: Cow<'static, str>,
    /// Every stage, in order.
    pub checks: Vec<StageReport>,
    /// How the agent was admitted.
    pub access_mode: AccessMode,
    /// The scope of the kill switch that ended it, if one did.
    pub kill_switch: Option<KillScope>,
    /// The credential, if its signature is good; also where it is refused for another reason.
    pub verified: Option<Arc<VerifiedCapability>>,
    /// What it takes: what it spends only if it is `allow`.
    pub reservations: Vec<Reservation>,
    pub(crate) nothing_presented: bool,
}

/// Who asked, once that is proven.
#[derive(Debug, Clone)]
pub enum Caller {
    /// An API key.
    Key(Arc<ApiKey>),
    /// The agent itself, by the signature of its capability.
    Agent(Arc<VerifiedCapability>),
}

words! {
    /// The answer to a check.
    Verdict {
        /// Yes.
        Allow => "allow",
        /// No.
        Block => "block",
        /// Not until a person agrees.
        RequestHold => "request_hold",
    }
}

words! {
    /// How an agent was admitted.
    AccessMode {
        /// By a credential whose signature is good.
        Credentialed => "credentialed",
        /// Without one, where the gate allows it.
        Anonymous => "anonymous",
        /// Not at all.
        None => "none",
    }
}

words! {
    /// What a stage says.
    StageOutcome {
        /// It found nothing against it.
        Pass => "pass",
        /// It ends here.
        Block => "block",
        /// A person has to agree.
        Hold => "hold",
        /// Nothing is set that it could judge.
        NotConfigured => "not_configured",
        /// It was not reached, or does not apply.
        Skipped => "skipped",
    }
}

/// What one stage said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageReport {
    /// The stage's name.
    pub check: &'static str,
    /// What it says.
    pub outcome: StageOutcome,
    /// Why, in a few words; may be empty.
    pub detail: Cow<'static, str>,
}

impl Outcome {
    /// Says no, and spends nothing. A gate that observes says yes all the same, and keeps what it
    /// would have said.
    pub(crate) fn block(&mut self, code: &'static str, reason: Cow<'static, str>) {
        match self.gate.mode {
            Mode::Enforce => self.decision = Verdict::Block,
            Mode::Observe => self.would = Some(Verdict::Block),
        }
        self.because(code, reason);
    }

    /// Says no at every gate, also at one that observes.
    pub(crate) fn refuse(&mut self, code: &'static str, reason: Cow<'static, str>) {
        self.decision = Verdict::Block;
        self.because(code, reason);
    }

    /// Says no because everything is halted, whatever was decided: the stages behind the kill
    /// switch count as not reached, and nothing is taken.
    pub fn halt(&mut self) {
        let mut stages = self.checks.iter_mut().skip_while(|stage| stage.check != KILL_SWITCH);
        if let Some(stage) = stages.next() {
            stage.outcome = StageOutcome::Block;
            stage.detail = KillScope::Global.reason().into();
        }
        for stage in stages {
            stage.outcome = StageOutcome::Skipped;
            stage.detail = "".into();
        }
        self.kill_switch = Some(KillScope::Global);
        self.would = None;
        self.refuse(KILL_SWITCH, KillScope::Global.reason().into());
    }

    fn because(&mut self, code: &'static str, reason: Cow<'static, str>) {
        self.code = code;
        self.reason = reason;
        self.reservations.retain(|reservation| reservation.spend().is_none());
    }

    /// The verified credential's contents, if there was one.
    #[must_use]
    pub fn principal(&self) -> Option<&Verified> {
        self.verified.as_deref().map(VerifiedCapability::contents)
    }

    /// The agent, as the verified credential says.
    #[must_use]
    pub fn agent_id(&self) -> Option<&str> {
        self.principal().map(|principal| principal.subject.as_str())
    }

    /// The code under the name `reason_code`: the same as `code`, except where no credential was
    /// shown, which existing clients know by a bare word.
    #[must_use]
    pub fn reason_code(&self) -> &'static str {
        if self.nothing_presented { crate::reason::bare(self.code) } else { self.code }
    }
}
