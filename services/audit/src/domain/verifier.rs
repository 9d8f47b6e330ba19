use std::collections::{BTreeMap, VecDeque};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDate, Utc};
use gw_contracts::{
    CheckDecidedV1, CheckRefusedV1, Event as _, LogRegressionAcknowledgedV1, TenantCreatedV1,
};
use gw_crypto::{checkpoint::Checkpoint, merkle::Frontier, merkle::leaf_hash, note::VerifierKey};
use gw_kernel::{GateId, TenantId};
use serde_json::Value;

use super::{
    Anchor, Batch, Counter, Entry, Finding, Keyring, Problem, Report,
    budgets::Budgets,
    checkpoint,
    counts::Counts,
    decision::{self, Before},
    entry,
    gates::Gates,
    keys_given::KeysGiven,
    kill_switches::KillSwitches,
    refusals::Refusals,
    retention::Retention,
};

/// Verifies a log as it passes: first each batch, then its entries, in order; then the counters.
pub struct Verifier {
    tenant: TenantId,
    keyring: Keyring,
    anchors: Vec<Anchor>,
    frontier: Frontier,
    epoch: i64,
    at: Option<DateTime<Utc>>,
    open: Option<Open>,
    /// The keys of the log that its entries have told of, the current one last.
    log_keys: Vec<VerifierKey>,
    gates: Gates,
    kill_switches: KillSwitches,
    budgets: Budgets,
    keys_given: KeysGiven,
    refusals: Refusals,
    /// Where the log says that it goes on although it lost entries.
    acknowledged: VecDeque<i64>,
    retention: Retention,
    decisions: u64,
    forgotten: u64,
    batches: u64,
    checkpoints: u64,
    signed: u64,
}

/// The batch whose entries are passing.
struct Open {
    row: Batch,
    decides: bool,
    administers: bool,
    /// Each gate that has to co-sign, and the keys of which one has to.
    cosigners: BTreeMap<GateId, Vec<VerifierKey>>,
    counts: Counts,
}

impl Verifier {
    /// Begins with an empty log of this tenant, to be held against these anchors.
    ///
    /// # Errors
    /// When an anchor is not signed by a key of this log.
    pub fn new(tenant: TenantId, keyring: Keyring, anchors: Vec<Anchor>) -> Result<Self, Finding> {
        for anchor in &anchors {
            anchor.signed_by(keyring.log())?;
        }
        let verifier = Self {
            tenant,
            keyring,
            anchors,
            frontier: Frontier::empty(),
            epoch: 0,
            at: None,
            open: None,
            log_keys: Vec::new(),
            gates: Gates::default(),
            kill_switches: KillSwitches::default(),
            budgets: Budgets::default(),
            keys_given: KeysGiven::default(),
            refusals: Refusals::default(),
            acknowledged: VecDeque::new(),
            retention: Retention::of(tenant),
            decisions: 0,
            forgotten: 0,
            batches: 0,
            checkpoints: 0,
            signed: 0,
        };
        verifier.hold_root()?;
        Ok(verifier)
    }

    /// Takes the next batch; its entries follow.
    ///
    /// # Errors
    /// When it does not join the one before, or that one lacks an entry.
    pub fn batch(&mut self, row: Batch) -> Result<(), Finding> {
        let position = self.position();
        if self.open.is_some() {
            return Err(Problem::Missing.at(position));
        }
        if row.prev != position || row.size <= row.prev {
            return Err(Problem::Gap.at(position));
        }
        if self.at.is_some_and(|at| row.at < at) {
            return Err(Problem::Backwards.at(position));
        }
        self.at = Some(row.at);
        self.batches += 1;
        let cosigners = BTreeMap::new();
        let counts = Counts::default();
        self.open = Some(Open { row, decides: false, administers: false, cosigners, counts });
        Ok(())
    }

    /// Whether the batch that was taken lacks entries still.
    #[must_use]
    pub const fn expects_entry(&self) -> bool {
        self.open.is_some()
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// When anything about it, or about the batch that it completes, does not hold.
    pub fn entry(&mut self, row: &Entry) -> Result<(), Finding> {
        let position = self.position();
        let Some(open) = &self.open else { return Err(Problem::Surplus.at(row.idx)) };
        if row.idx < position {
            return Err(Problem::Surplus.at(row.idx));
        }
        if row.idx > position {
            return Err(Problem::Missing.at(position));
        }
        if row.day != open.row.at.date_naive() {
            return Err(Problem::Day.at(position));
        }
        self.judge(row).map_err(|problem| problem.at(position))?;
        self.append(row)?;
        if self.open.as_ref().is_some_and(|open| open.row.size == self.position()) {
            self.close().map_err(|problem| problem.at(position))?;
        }
        Ok(())
    }

    /// Holds a row of the counters' table against the log, after its last entry.
    ///
    /// # Errors
    /// When the log took more or less.
    pub fn counter(&mut self, row: &Counter) -> Result<(), Finding> {
        self.budgets.counter(row)
    }

    /// Holds a row that says where a loss of entries was acknowledged against the log.
    ///
    /// # Errors
    /// When the log does not say so there, or somewhere else before.
    pub fn acknowledgement(&mut self, row: i64) -> Result<(), Finding> {
        let said = self.acknowledged.pop_front();
        if said == Some(row) { Ok(()) } else { Err(Problem::Acknowledgement.at(row)) }
    }

    /// Ends it, on this day: nothing is missing but bodies that are past the tenant's retention, and
    /// every anchor lies within the log.
    ///
    /// # Errors
    /// What is missing.
    pub fn finish(self, today: NaiveDate) -> Result<Report, Finding> {
        if self.open.is_some() {
            return Err(Problem::Missing.at(self.position()));
        }
        for anchor in &self.anchors {
            anchor.fits(self.frontier.size())?;
        }
        if let Some(unnoted) = self.acknowledged.front() {
            return Err(Problem::Acknowledgement.at(*unnoted));
        }
        let Some(log) = self.log_keys.last() else { return Err(Problem::Beginning.anywhere()) };
        self.keyring.finish()?;
        self.budgets.finish()?;
        let newest = self.at.map(|at| at.date_naive());
        self.retention.finish(newest.map_or(today, |newest| newest.max(today)))?;
        Ok(Report {
            tenant_id: self.tenant,
            origin: log.name().to_owned(),
            size: self.frontier.size(),
            root: STANDARD.encode(self.frontier.root()),
            epoch: self.epoch,
            decisions: self.decisions,
            forgotten: self.forgotten,
            batches: self.batches,
            checkpoints: self.checkpoints,
            unsigned: self.frontier.size() - self.signed,
            newest_at: self.at,
            anchors: self.anchors.len(),
        })
    }

    fn judge(&mut self, row: &Entry) -> Result<(), Problem> {
        if row.body.is_none() {
            return self.forgotten(row);
        }
        let event = entry::read(self.tenant, row)?;
        let decides = row.kind == CheckDecidedV1::TYPE;
        if (self.position() == 0) != (row.kind == TenantCreatedV1::TYPE && self.is_mine(&event)) {
            return Err(Problem::Beginning);
        }
        if decides {
            self.decision(row, &event)?;
        } else {
            if row.signature.is_some() {
                return Err(Problem::Column("signature"));
            }
            if row.kind == CheckRefusedV1::TYPE {
                self.refusals.take(self.tenant, &event["data"])?;
            }
            self.learn(&event["data"])?;
            if row.kind == LogRegressionAcknowledgedV1::TYPE && self.is_mine(&event) {
                self.acknowledged.push_back(self.position());
            }
        }
        if let Some(open) = &mut self.open {
            open.decides |= decides;
            open.administers |= row.moves_epoch || !row.kind.starts_with("check.");
        }
        Ok(())
    }

    /// Nothing but a decision loses its body, and it leaves its leaf: what is under a checkpoint
    /// that was signed for decisions alone cannot have been anything else. Whether it was old
    /// enough is seen at the end, when all that the log says of its retention is known.
    fn forgotten(&mut self, row: &Entry) -> Result<(), Problem> {
        if row.kind != CheckDecidedV1::TYPE || row.moves_epoch {
            return Err(Problem::NoBody);
        }
        if self.position() == 0 {
            return Err(Problem::Beginning);
        }
        if let Some((gate, keys)) = decision::without_body(row, &self.gates, &self.keyring)? {
            let name = format!("{}/gates/{gate}", self.host()?);
            let keys = keys.into_iter().map(|key| VerifierKey::new(name.clone(), key)).collect();
            if let Some(open) = &mut self.open {
                open.cosigners.entry(gate).or_insert(keys);
            }
        }
        if let Some(open) = &mut self.open {
            open.decides = true;
            open.counts.forget(row);
        }
        self.retention.misses(row.day, self.position());
        self.budgets.forget();
        self.decisions += 1;
        self.forgotten += 1;
        Ok(())
    }

    fn decision(&mut self, row: &Entry, event: &Value) -> Result<(), Problem> {
        let before = Before {
            epoch: self.epoch,
            gates: &self.gates,
            keyring: &self.keyring,
            kill_switches: &self.kill_switches,
            budgets: &mut self.budgets,
            keys_given: &mut self.keys_given,
            at: self.at,
        };
        if let Some(cosigner) = decision::verify(row, event, before)? {
            let name = format!("{}/gates/{}", self.host()?, cosigner.gate);
            let key = VerifierKey::new(name, cosigner.key);
            if let Some(open) = &mut self.open {
                open.cosigners.insert(cosigner.gate, vec![key]);
            }
        }
        if let Some(open) = &mut self.open {
            open.counts.take(row, event)?;
        }
        self.decisions += 1;
        Ok(())
    }

    /// What an administrative event tells of keys and of what is halted.
    fn learn(&mut self, data: &Value) -> Result<(), Problem> {
        self.gates.learn(data, &mut self.keyring);
        if data["tenant_id"] != self.tenant.to_string() {
            return Ok(());
        }
        self.kill_switches.learn(data);
        self.retention.learn(data, self.at);
        let told = data["log_vkey"].as_str().or_else(|| data["active"]["vkey"].as_str());
        if let Some(text) = told {
            let known = self.keyring.log().iter().find(|key| key.to_string() == text);
            let key = known.ok_or_else(|| Problem::ForeignKey(text.to_owned()))?;
            if data["log_origin"] != key.name() {
                return Err(Problem::Member("log_origin"));
            }
            self.log_keys.push(key.clone());
        }
        Ok(())
    }

    fn append(&mut self, row: &Entry) -> Result<(), Finding> {
        let stored = || row.hash.as_slice().try_into().map_err(|_| Problem::Hash.at(row.idx));
        let leaf = row.body.as_deref().map_or_else(stored, |body| Ok(leaf_hash(body)))?;
        let index = self.frontier.size();
        self.frontier.push(leaf);
        if row.moves_epoch {
            self.epoch = self.position();
        }
        for anchor in self.anchors.iter().filter(|anchor| anchor.index() == Some(index)) {
            anchor.holds_leaf(leaf)?;
        }
        self.hold_root()
    }

    fn hold_root(&self) -> Result<(), Finding> {
        let size = self.frontier.size();
        let mut here = self.anchors.iter().filter(|anchor| anchor.size() == size);
        here.try_for_each(|anchor| anchor.holds_root(&self.frontier.root()))
    }

    /// The batch is complete.
    fn close(&mut self) -> Result<(), Problem> {
        let Some(open) = self.open.take() else { return Ok(()) };
        if open.row.frontier != self.frontier.to_bytes() {
            return Err(Problem::Frontier);
        }
        if open.row.epoch != self.epoch {
            return Err(Problem::Epoch);
        }
        match &open.row.checkpoint {
            Some(_) if open.administers => Err(Problem::Unsigned),
            None if open.decides => Err(Problem::Unsigned),
            None => Ok(()),
            Some(note) => self.checkpoint(note, &open),
        }?;
        match &open.row.tally {
            Some(tally) if !open.counts.agree(tally, open.row.size - open.row.prev) => {
                Err(Problem::Tally)
            }
            _ => Ok(()),
        }
    }

    fn checkpoint(&mut self, note: &str, open: &Open) -> Result<(), Problem> {
        let (log, earlier) = self.log_keys.split_last().ok_or(Problem::Beginning)?;
        let (size, root) = (self.frontier.size(), self.frontier.root());
        let expected = Checkpoint { origin: log.name().to_owned(), size, root };
        checkpoint::verify(note, &expected, log, earlier, &open.cosigners)?;
        self.checkpoints += 1;
        self.signed = size;
        Ok(())
    }

    /// The host that the names of signers begin with.
    fn host(&self) -> Result<&str, Problem> {
        // The first origin has nothing behind the tenant; those of a log that lost entries have.
        let log = self.log_keys.first().ok_or(Problem::Beginning)?;
        log.name().strip_suffix(&format!("/log/{}", self.tenant)).ok_or(Problem::Beginning)
    }

    fn is_mine(&self, event: &Value) -> bool {
        event["data"]["tenant_id"] == self.tenant.to_string()
    }

    /// The next position. Sizes come from a `bigint`.
    fn position(&self) -> i64 {
        i64::try_from(self.frontier.size()).unwrap_or(i64::MAX)
    }
}
