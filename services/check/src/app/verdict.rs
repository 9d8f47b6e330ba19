use std::sync::Arc;

use chrono::{DateTime, Utc};
use gw_contracts::{CheckDecidedV1, Entry, Event as _, MAX_ENTRY_BYTES};
use gw_decision::{Counters, Outcome, Reservation, Settled, Signing, record, settle};
use gw_journal::{Decided, LogSigner, NoteSigner, SettledEntry};
use gw_kernel::{DecisionId, Epoch, TenantId};
use rand::Rng as _;

use super::decider::{Refused, unrecordable};
use crate::{
    domain::{Asked, RequestError},
    snapshot::{GateSigner, Loaded},
};

/// What settling can add to a record, in bytes, besides what it adds for each reservation.
const SETTLING_ADDS: usize = 128;
const RESERVATION_ADDS: usize = 64;

/// A decision on its way to the journal.
pub(crate) struct Verdict {
    asked: Arc<Asked>,
    loaded: Arc<Loaded>,
    signer: Arc<GateSigner>,
    outcome: Outcome,
    id: DecisionId,
    /// The record and its signature, where nothing under the head can change them.
    signed: Option<(Vec<u8>, Option<[u8; 64]>)>,
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
        asked: Arc<Asked>,
        loaded: Arc<Loaded>,
        outcome: Outcome,
    ) -> Result<Self, Refused> {
        let signer = loaded.signers.get(&outcome.gate.id).map(Arc::clone);
        let signer = signer.ok_or_else(|| no_gate(&asked))?;
        let mut random = [0u8; 10];
        rand::rng().fill_bytes(&mut random);
        let id = DecisionId::at(outcome.decided_at, random);
        let mut verdict = Self { asked, loaded, signer, outcome, id, signed: None };
        verdict.sign_ahead()?;
        Ok(verdict)
    }

    /// Nothing to take: the record is final. Else it is written once to see that it will fit.
    fn sign_ahead(&mut self) -> Result<(), Refused> {
        let reservations = self.outcome.reservations.len();
        let settled =
            settle(&mut Counters::default(), self.outcome.clone(), self.outcome.decided_at);
        let body = self.record(&settled).map_err(|error| unrecordable(&error))?;
        if reservations == 0 {
            let signature = self.sign(&body);
            self.signed = Some((body, signature));
        } else if body.len() + SETTLING_ADDS + reservations * RESERVATION_ADDS > MAX_ENTRY_BYTES {
            return Err(RequestError::RecordTooLarge.into());
        }
        Ok(())
    }

    fn record(&self, settled: &Settled) -> Result<Vec<u8>, gw_contracts::EntryError> {
        let asked = &self.asked;
        record::build(settled, &asked.question, self.id, asked.arguments_hmac.clone())
    }

    fn sign(&self, body: &[u8]) -> Option<[u8; 64]> {
        (self.outcome.gate.signing == Signing::Each).then(|| self.signer.key.sign(body))
    }
}

impl Decided for Verdict {
    type Answer = Answered;

    fn tenant(&self) -> TenantId {
        self.loaded.snapshot.tenant
    }

    fn epoch(&self) -> Epoch {
        self.loaded.snapshot.epoch
    }

    fn acknowledged(&self) -> Option<DateTime<Utc>> {
        self.loaded.acknowledged
    }

    fn reservations(&self) -> &[Reservation] {
        &self.outcome.reservations
    }

    fn log_signer(&self) -> &Arc<LogSigner> {
        &self.loaded.log
    }

    fn cosigner(&self) -> Option<&Arc<NoteSigner>> {
        self.signer.note.as_ref()
    }

    fn settle(mut self, counters: &mut Counters, now: DateTime<Utc>) -> SettledEntry<Answered> {
        let settled = settle(counters, self.outcome.clone(), now);
        let (body, signature) = self.signed.take().unwrap_or_else(|| {
            // It was written before, and fits. Were that wrong, the empty body would be refused by
            // the table: nothing recorded, nothing answered.
            let body = self.record(&settled).unwrap_or_default();
            let signature = self.sign(&body);
            (body, signature)
        });
        SettledEntry {
            entry: Entry {
                id: self.id.uuid(),
                kind: CheckDecidedV1::TYPE,
                gate: Some(self.outcome.gate.id),
                moves_epoch: false,
                body,
            },
            signature,
            writes: settled.writes.clone(),
            answer: Answered { settled, id: self.id, signer: self.signer },
        }
    }
}

fn no_gate(asked: &Asked) -> Refused {
    gw_decision::Refusal::NoSuchGate(asked.question.gate.clone()).into()
}
