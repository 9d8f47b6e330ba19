use std::sync::Arc;

use chrono::{DateTime, Utc};
use gw_contracts::{CheckDecidedV1, Entry, EntryError, Event as _, MAX_ENTRY_BYTES};
use gw_decision::{
    Counters, Ledger, Outcome, Repetition, Reservation, Settled, Signing, burn, record, repeats,
    settle,
};
use gw_journal::{NoteSigner, Resolution, SettledEntry};
use gw_kernel::{DecisionId, Epoch};
use rand::Rng as _;

use super::{
    refused::{Refused, unrecordable},
    told::Told,
};
use crate::{
    domain::{Asked, Inquiry, RequestError},
    snapshot::{GateSigner, Loaded},
};

/// What settling can add to a record, in bytes, besides what it adds for each reservation.
const SETTLING_ADDS: usize = 128;
const RESERVATION_ADDS: usize = 64;

/// What one check comes to, on its way to the journal.
pub(crate) struct Verdict {
    inquiry: Arc<Inquiry>,
    /// Which of its checks this is about.
    place: usize,
    loaded: Arc<Loaded>,
    signer: Arc<GateSigner>,
    id: DecisionId,
    ready: Ready,
}

/// How far a decision is before the head is held.
enum Ready {
    /// It spends nothing, so that its record is final, and signed.
    Signed { settled: Settled, body: Vec<u8>, signature: Option<[u8; 64]> },
    /// What it spends is known under the head.
    Open(Outcome),
}

/// A decision that was settled: what its caller is told, once it is durable.
pub(crate) struct Answered {
    /// The outcome, and what it took.
    pub(crate) settled: Settled,
    /// The decision's id.
    pub(crate) id: DecisionId,
    /// The key pair behind the signature.
    pub(crate) signer: Arc<GateSigner>,
}

impl Verdict {
    /// Writes and signs the record, as far as that is possible before the head is held.
    pub(super) fn prepare(
        inquiry: Arc<Inquiry>,
        place: usize,
        loaded: Arc<Loaded>,
        outcome: Outcome,
    ) -> Result<Self, Refused> {
        let asked = inquiry.at(place);
        let signer = loaded.signers.get(&outcome.gate.id).map(Arc::clone);
        let signer = signer.ok_or_else(|| no_gate(asked))?;
        let mut random = [0u8; 10];
        rand::rng().fill_bytes(&mut random);
        let id = DecisionId::at(outcome.decided_at, random);
        let ready = Ready::prepare(asked, outcome, &signer, id)?;
        Ok(Self { inquiry, place, loaded, signer, id, ready })
    }

    const fn outcome(&self) -> &Outcome {
        match &self.ready {
            Ready::Signed { settled, .. } => &settled.outcome,
            Ready::Open(outcome) => outcome,
        }
    }
}

impl Ready {
    /// Nothing to spend: the record is final, unless everything is halted. It is written once in
    /// any case, to see that it will fit whatever it becomes.
    fn prepare(
        asked: &Asked,
        outcome: Outcome,
        signer: &GateSigner,
        id: DecisionId,
    ) -> Result<Self, Refused> {
        let spends = outcome.reservations.iter().filter_map(Reservation::spend).count();
        let (now, mut none) = (outcome.decided_at, Counters::default());
        let open = (spends > 0).then(|| outcome.clone());
        let settled = settle(&mut none, outcome, now);
        let body = write(asked, &settled, id).map_err(|error| unrecordable(&error))?;
        if body.len() + SETTLING_ADDS + spends * RESERVATION_ADDS > MAX_ENTRY_BYTES {
            return Err(RequestError::RecordTooLarge.into());
        }
        if let Some(outcome) = open {
            return Ok(Self::Open(outcome));
        }
        let signature = sign(&settled.outcome, signer, &body);
        Ok(Self::Signed { settled, body, signature })
    }

    /// Spends, writes and signs, where that was not done before.
    fn settle(
        self,
        asked: &Asked,
        signer: &GateSigner,
        id: DecisionId,
        counters: &mut Counters,
        now: DateTime<Utc>,
    ) -> (Settled, Vec<u8>, Option<[u8; 64]>) {
        match self {
            Self::Signed { settled, body, signature } => (settled, body, signature),
            Self::Open(outcome) => {
                let settled = settle(counters, outcome, now);
                // It was written before, and fits. Were that wrong, the empty body would be refused
                // by the table: nothing recorded, nothing answered.
                let body = write(asked, &settled, id).unwrap_or_default();
                let signature = sign(&settled.outcome, signer, &body);
                (settled, body, signature)
            }
        }
    }
}

fn write(asked: &Asked, settled: &Settled, id: DecisionId) -> Result<Vec<u8>, EntryError> {
    record::build(settled, &asked.question, id, asked.arguments_hmac.as_deref())
}

fn sign(outcome: &Outcome, signer: &GateSigner, body: &[u8]) -> Option<[u8; 64]> {
    (outcome.gate.signing == Signing::Each).then(|| signer.key.sign(body))
}

impl Verdict {
    /// Whether another request has its key.
    pub(super) fn conflicts(&self, ledger: &Ledger, now: DateTime<Utc>) -> bool {
        repeats(&ledger.uses, self.outcome(), now) == Some(Repetition::Conflict)
    }

    /// The state that it was decided from.
    pub(super) const fn loaded(&self) -> &Arc<Loaded> {
        &self.loaded
    }

    /// The epoch that it was decided at.
    pub(super) fn epoch(&self) -> Epoch {
        self.loaded.snapshot.epoch
    }

    /// What it wants to take.
    pub(super) fn reservations(&self) -> &[Reservation] {
        &self.outcome().reservations
    }

    /// Who signs the checkpoint too, where the gate does not sign each record.
    pub(super) fn cosigner(&self) -> Option<&Arc<NoteSigner>> {
        self.signer.note.as_ref()
    }

    /// Becomes a block that takes nothing: everything is halted.
    pub(super) fn halt(&mut self) {
        let mut outcome = self.outcome().clone();
        outcome.halt();
        self.ready = Ready::Open(outcome);
    }

    /// What it comes to under the head, where its record will be at `index`.
    pub(super) fn settle(
        self,
        ledger: &mut Ledger,
        now: DateTime<Utc>,
        index: u64,
    ) -> Resolution<Answered> {
        match repeats(&ledger.uses, self.outcome(), now) {
            Some(Repetition::Again(taken)) => return Resolution::Repeat(taken),
            Some(Repetition::Conflict) => return Resolution::Conflict,
            None => {}
        }
        let Self { inquiry, place, signer, id, ready, .. } = self;
        let asked = inquiry.at(place);
        let (mut settled, body, signature) =
            ready.settle(asked, &signer, id, &mut ledger.counters, now);
        let uses = match &asked.question.idempotency {
            None => Vec::new(),
            Some(_) => {
                let told = Told::of(&settled).to_bytes();
                burn(&mut ledger.uses, &settled.outcome, now, index, &told)
            }
        };
        Resolution::Entry(SettledEntry {
            entry: Entry {
                id: id.uuid(),
                kind: CheckDecidedV1::TYPE,
                gate: Some(settled.outcome.gate.id),
                moves_epoch: false,
                body,
            },
            counted: record::counted(&settled.outcome),
            signature,
            writes: std::mem::take(&mut settled.writes),
            uses,
            answer: Answered { settled, id, signer },
        })
    }
}

fn no_gate(asked: &Asked) -> Refused {
    gw_decision::Refusal::NoSuchGate(asked.question.gate.clone()).into()
}
