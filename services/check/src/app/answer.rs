use std::{borrow::Cow, str::FromStr, sync::Arc};

use gw_contracts::CredentialRef;
use gw_crypto::{keys::PublicKey, receipt::Receipt};
use gw_decision::{AccessMode, ENGINE, Settled, StageOutcome, Verdict, VerifiedCapability, record};
use gw_journal::Recorded;
use gw_kernel::{DecisionId, Epoch, GateId, KeypairId, rfc3339};

use super::{
    Attested,
    told::{Told, ToldLimit},
    verdict::Answered,
};

type Text = Cow<'static, str>;

/// A decision as its caller is told. Its record is durable: it was made just now, or is given
/// again; or it has none, because only what would be decided was asked.
pub(crate) struct Answer {
    /// The answer.
    pub(crate) decision: Verdict,
    /// At a gate that observes: what enforcement would have said, where that is not the answer.
    pub(crate) would: Option<Verdict>,
    /// Why: one of our codes.
    pub(crate) code: Text,
    /// The same, or the bare word that existing clients know.
    pub(crate) reason_code: Text,
    /// Why, in one sentence.
    pub(crate) reason: Text,
    /// The gate.
    pub(crate) gate_id: GateId,
    /// The agent.
    pub(crate) agent_id: Option<String>,
    /// The verified credential.
    pub(crate) principal: Option<Principal>,
    /// How the agent was admitted.
    pub(crate) access_mode: AccessMode,
    /// The stages, in order.
    pub(crate) checks: Vec<Stage>,
    /// What is left of each limit.
    pub(crate) limits: Vec<ToldLimit>,
    /// In how many seconds to ask again.
    pub(crate) retry_after: Option<u64>,
    /// The epoch it was decided at.
    pub(crate) epoch: Epoch,
    /// The version of the pipeline.
    pub(crate) engine: Text,
    /// The gate's key pair.
    pub(crate) key_id: KeypairId,
    /// When it was decided: RFC 3339.
    pub(crate) evaluated_at: String,
    /// What proves it; nothing does where nothing was recorded.
    pub(crate) proof: Option<Proof>,
    /// Whether it was given before.
    pub(crate) replayed: bool,
}

/// A verified credential.
pub(crate) enum Principal {
    /// As it was verified just now.
    Verified(Arc<VerifiedCapability>),
    /// As the record has it.
    Recorded(CredentialRef<'static>),
}

impl Principal {
    /// What it says.
    pub(crate) fn said(&self) -> CredentialRef<'_> {
        match self {
            Self::Verified(capability) => record::credential(capability),
            Self::Recorded(said) => said.clone(),
        }
    }
}

/// What one stage said.
pub(crate) struct Stage {
    /// Its name.
    pub(crate) check: Text,
    /// What it said.
    pub(crate) outcome: StageOutcome,
    /// Why, in a few words.
    pub(crate) detail: Text,
}

/// The proof of a record.
pub(crate) struct Proof {
    /// The decision's id.
    pub(crate) id: DecisionId,
    /// The record, as it is signed.
    pub(crate) text: String,
    /// The gate's signature over it, where each decision has one.
    pub(crate) signature: Option<[u8; 64]>,
    /// The gate's key pair.
    pub(crate) key_id: KeypairId,
    /// Its public half.
    pub(crate) public: PublicKey,
    /// The proof that the record is in the log.
    pub(crate) receipt: Receipt,
}

impl Answer {
    /// What was just decided.
    pub(super) fn new(recorded: Recorded<Answered>) -> Self {
        let Recorded { answer: Answered { settled, id, signer }, body, signature, receipt, .. } =
            recorded;
        let proof = Proof {
            id,
            text: text(body),
            signature,
            key_id: signer.key_id,
            public: signer.public,
            receipt,
        };
        Self::of(settled, Some(proof))
    }

    /// What would be decided: there is no record, and nothing proves it.
    pub(super) fn unrecorded(settled: Settled) -> Self {
        Self::of(settled, None)
    }

    /// The same answer without its record, for whoever asks what would be answered.
    pub(super) fn rehearsed(self) -> Self {
        Self { proof: None, ..self }
    }

    fn of(settled: Settled, proof: Option<Proof>) -> Self {
        let limits = settled.limits.into_iter().map(|limit| ToldLimit {
            limit: limit.limit,
            remaining: limit.remaining,
            resets_at: limit.resets_at.map(rfc3339),
        });
        let outcome = settled.outcome;
        Self {
            decision: outcome.decision,
            would: outcome.would,
            code: outcome.code.into(),
            reason_code: outcome.reason_code().into(),
            gate_id: outcome.gate.id,
            agent_id: outcome.agent_id().map(str::to_owned),
            principal: outcome.verified.clone().map(Principal::Verified),
            access_mode: outcome.access_mode,
            limits: limits.collect(),
            retry_after: settled.retry_after,
            epoch: outcome.epoch,
            engine: ENGINE.into(),
            key_id: outcome.gate.key_id,
            evaluated_at: rfc3339(outcome.decided_at),
            proof,
            replayed: false,
            reason: outcome.reason,
            checks: outcome
                .checks
                .into_iter()
                .map(|report| Stage {
                    check: report.check.into(),
                    outcome: report.outcome,
                    detail: report.detail,
                })
                .collect(),
        }
    }

    /// What was decided before: its record, and what was told besides. None where they are not
    /// what this service writes.
    pub(super) fn again(attested: Attested, told: &[u8]) -> Option<Self> {
        let told = Told::from_bytes(told)?;
        let Attested { record, text, signature, public_key, receipt, .. } = attested;
        let data = record.data;
        let (id, key_id) = (record.id, data.basis.key_id);
        Some(Self {
            decision: word(&data.decision)?,
            would: match &data.would {
                None => None,
                Some(would) => Some(word(would)?),
            },
            code: told.code.into(),
            reason_code: data.reason_code,
            reason: told.reason.into(),
            gate_id: data.gate_id,
            agent_id: data.agent_id.map(Cow::into_owned),
            principal: data.principal.map(Principal::Recorded),
            access_mode: word(&data.access_mode)?,
            checks: told.checks.into_iter().map(stage).collect::<Option<_>>()?,
            limits: told.limits,
            retry_after: told.retry_after,
            epoch: data.basis.epoch,
            engine: data.basis.engine,
            evaluated_at: data.inputs.now,
            key_id,
            proof: Some(Proof { id, text, signature, key_id, public: public_key, receipt }),
            replayed: true,
        })
    }
}

fn stage((check, outcome, detail): (String, String, String)) -> Option<Stage> {
    Some(Stage { check: check.into(), outcome: word(&outcome)?, detail: detail.into() })
}

fn word<W: FromStr>(text: &str) -> Option<W> {
    text.parse().ok()
}

/// A record is UTF-8: it was written as JSON.
fn text(record: Vec<u8>) -> String {
    String::from_utf8(record)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
