//! Code that decides in the simplest way there is.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use gw_contracts::{Counted, CountedCaller, Entry};
use gw_crypto::keys::SigningKey;
use gw_decision::{Burn, Counter, Ledger, Reservation, Spend, Use};
use gw_journal::{
    DecideError, Decided, Deciding, LogSigner, NoteSigner, Resolution, Resolved, SettledEntry,
};
use gw_kernel::{ApiKeyId, Epoch, GateId, TenantId};
use uuid::Uuid;

use crate::owner::{Owner, TestEvent, new_id};

/// What a test asks.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) tenant: TenantId,
    /// A budget's hop and limit.
    pub(crate) budget: Option<(String, i64)>,
    /// What the caller calls it by, and what it asks under that name.
    pub(crate) key: Option<(String, u8)>,
    /// The caller that it counts for; none for an agent.
    pub(crate) caller: Option<ApiKeyId>,
    /// The gate co-signs the checkpoint.
    pub(crate) batch_signing: bool,
    /// Settling it names a counter that no database takes.
    pub(crate) poison: bool,
    /// So often it can be asked what it wants to take, and the next time it panics.
    pub(crate) patience: Option<u32>,
}

pub(crate) fn question(tenant: TenantId) -> Question {
    Question {
        tenant,
        budget: None,
        key: None,
        caller: None,
        batch_signing: false,
        poison: false,
        patience: None,
    }
}

/// A decision: always yes, unless its budget is used up.
pub(crate) struct Verdict {
    question: Arc<Question>,
    epoch: Epoch,
    acknowledged: Option<DateTime<Utc>>,
    reservations: Vec<Reservation>,
    signer: Arc<LogSigner>,
    cosigner: Option<Arc<NoteSigner>>,
    number: u64,
    patience: AtomicU32,
    halted: bool,
}

/// What the caller hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) id: Uuid,
    pub(crate) allowed: bool,
}

/// Decides for the tests, from the epoch that the database shows.
pub(crate) struct Decider {
    pub(crate) owner: Owner,
    pub(crate) signers: HashMap<TenantId, Arc<LogSigner>>,
    cosigner: Arc<NoteSigner>,
    /// So many of the next decisions are overtaken by an administrative change.
    pub(crate) overtake: AtomicU32,
    /// Losses of entries that it was told an operator has acknowledged.
    pub(crate) acknowledged: Mutex<HashMap<TenantId, DateTime<Utc>>>,
    pub(crate) decided: AtomicU32,
    pub(crate) decided_under_head: AtomicU32,
    /// Set as soon as a decision is made under the head.
    pub(crate) head_is_held: OnceLock<Arc<AtomicBool>>,
    numbers: AtomicU64,
}

impl Decider {
    pub(crate) fn new(owner: Owner, signers: HashMap<TenantId, Arc<LogSigner>>) -> Self {
        Self {
            owner,
            signers,
            cosigner: Arc::new(NoteSigner {
                name: "gatewright.localhost/gates/test".to_owned(),
                key: SigningKey::from_seed([5; 32]),
            }),
            overtake: AtomicU32::new(0),
            acknowledged: Mutex::default(),
            decided: AtomicU32::new(0),
            decided_under_head: AtomicU32::new(0),
            head_is_held: OnceLock::new(),
            numbers: AtomicU64::new(0),
        }
    }

    fn verdict(&self, question: &Arc<Question>, epoch: Epoch) -> Verdict {
        let spend = |(hop, limit)| Reservation::Spend(Spend::Calls { hop, limit });
        let burn = |(key, asks)| Reservation::Burn(Burn::new(key, [asks; 32]));
        let spends = question.budget.clone().map(spend);
        let burns = question.key.clone().map(burn);
        Verdict {
            question: Arc::clone(question),
            epoch,
            acknowledged: self.acknowledged.lock().unwrap().get(&question.tenant).copied(),
            reservations: spends.into_iter().chain(burns).collect(),
            signer: Arc::clone(&self.signers[&question.tenant]),
            cosigner: question.batch_signing.then(|| Arc::clone(&self.cosigner)),
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
            patience: AtomicU32::new(question.patience.unwrap_or(u32::MAX)),
            halted: false,
        }
    }
}

impl Deciding for Decider {
    type Question = Question;
    type Decided = Verdict;
    type Refusal = &'static str;

    async fn decide(
        &self,
        question: &Arc<Question>,
        at_least: Epoch,
    ) -> Result<Verdict, DecideError<&'static str>> {
        let epoch = self.owner.epoch(question.tenant).await;
        assert!(epoch >= at_least, "the database shows what the journal saw under the lock");
        let overtaken = |n: u32| n.checked_sub(1);
        if self.overtake.fetch_update(Ordering::Relaxed, Ordering::Relaxed, overtaken).is_ok() {
            self.owner.append(question.tenant).await;
        }
        self.decided.fetch_add(1, Ordering::Relaxed);
        Ok(self.verdict(question, epoch))
    }

    async fn decide_under_head(
        &self,
        question: &Arc<Question>,
        epoch: Epoch,
        _side: usize,
    ) -> Result<Verdict, DecideError<&'static str>> {
        self.decided_under_head.fetch_add(1, Ordering::Relaxed);
        assert_eq!(self.owner.epoch(question.tenant).await, epoch);
        if let Some(flag) = self.head_is_held.get() {
            flag.store(true, Ordering::Relaxed);
        }
        Ok(self.verdict(question, epoch))
    }

    fn forget(&self, tenant: TenantId, acknowledged: DateTime<Utc>) {
        self.acknowledged.lock().unwrap().insert(tenant, acknowledged);
    }
}

impl Decided for Verdict {
    type Answer = Answer;

    fn tenant(&self) -> TenantId {
        self.question.tenant
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn acknowledged(&self) -> Option<DateTime<Utc>> {
        self.acknowledged
    }

    fn checks(&self) -> usize {
        1
    }

    fn reservations(&self) -> &[Reservation] {
        let patience = self.patience.fetch_sub(1, Ordering::Relaxed);
        assert_ne!(patience, 0, "a test wants this to panic");
        &self.reservations
    }

    fn log_signer(&self) -> &Arc<LogSigner> {
        &self.signer
    }

    fn cosigner(&self) -> Option<&Arc<NoteSigner>> {
        self.cosigner.as_ref()
    }

    fn halt(&mut self) {
        self.halted = true;
        self.reservations.retain(|reservation| reservation.spend().is_none());
    }

    fn settle(self, ledger: &mut Ledger, now: DateTime<Utc>, index: u64) -> Resolved<Answer> {
        Resolved::One(self.resolve(ledger, now, index))
    }
}

impl Verdict {
    fn resolve(self, ledger: &mut Ledger, now: DateTime<Utc>, index: u64) -> Resolution<Answer> {
        let mut uses = Vec::new();
        if let Some((key, asks)) = &self.question.key {
            match ledger.uses.at(key, now) {
                Some(taken) if taken.fingerprint != [*asks; 32] => return Resolution::Conflict,
                Some(taken) => return Resolution::Repeat(taken.clone()),
                None => {}
            }
            let (fingerprint, expires_at) = ([*asks; 32], now + TimeDelta::hours(24));
            let told = self.number.to_be_bytes().to_vec();
            uses.push((key.clone(), Use { index, fingerprint, expires_at, told }));
        }
        for (key, taken) in &uses {
            ledger.uses.set(key.clone(), taken.clone());
        }
        let counters = &mut ledger.counters;
        let spends: Vec<&Spend> = self.reservations.iter().filter_map(Reservation::spend).collect();
        let allowed =
            !self.halted && spends.iter().all(|s| counters.used(&s.counter_key()) < s.limit());
        let mut writes = Vec::new();
        for spend in spends.iter().filter(|_| allowed) {
            let key = spend.counter_key();
            let counter = Counter { used: counters.used(&key) + 1, since: None };
            counters.set(key.clone(), counter);
            writes.push((key, counter));
        }
        if self.question.poison {
            writes.push(("nul \0 in a key".to_owned(), Counter::default()));
        }
        let id = new_id::<TestEvent>().uuid();
        let counted = Counted {
            gate: GateId::from_uuid(Uuid::nil()),
            decision: if allowed { "allow" } else { "block" },
            caller: self.question.caller.map_or(CountedCaller::Agent, CountedCaller::Key),
        };
        let body = serde_json::json!({
            "epoch": self.epoch,
            "n": self.number,
            "decision": counted.decision,
            "caller": counted.caller.to_string(),
        });
        let entry = Entry {
            id,
            kind: "check.decided.v1",
            gate: Some(counted.gate),
            moves_epoch: false,
            body: body.to_string().into_bytes(),
        };
        let (signature, answer) = (Some([7; 64]), Answer { id, allowed });
        Resolution::Entry(SettledEntry { entry, counted, signature, writes, uses, answer })
    }
}
