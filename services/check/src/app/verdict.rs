use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use gw_contracts::{CheckDecidedV1, Entry, Event as _, MAX_ENTRY_BYTES};
use gw_crypto::{canonical, hmac_sha256};
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
    arguments_hmac: Option<String>,
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
        let arguments_hmac = arguments_hmac(&asked, &loaded)?;
        let mut verdict = Self { asked, loaded, signer, outcome, id, arguments_hmac, signed: None };
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
        record::build(settled, &self.asked.question, self.id, self.arguments_hmac.clone())
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

/// The arguments never reach the record: only what shows, to the tenant, that they were these.
fn arguments_hmac(asked: &Asked, loaded: &Loaded) -> Result<Option<String>, RequestError> {
    let Some(arguments) = &asked.question.arguments else {
        return Ok(None);
    };
    let canonical =
        canonical::to_vec(arguments).map_err(|_| RequestError::NotCanonical("arguments"))?;
    let key: &[u8; 32] = &loaded.arguments_key;
    Ok(Some(STANDARD.encode(hmac_sha256(key, &[&canonical]))))
}

fn no_gate(asked: &Asked) -> Refused {
    gw_decision::Refusal::NoSuchGate(asked.question.gate.clone()).into()
}
