use std::collections::{BTreeMap, HashMap, VecDeque};

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use gw_contracts::CheckRefusedV1;
use gw_kernel::{EventId, TenantId};
use rand::Rng;

use super::Source;

/// So many entries a minute a tenant gets of sources that are named; the others are one source.
pub(super) const ROWS_OF_TENANT: usize = 64;
/// So many of all tenants together are named in one minute.
const ROWS_OF_MINUTE: usize = 8_192;
/// So many wait to be recorded at most; then the oldest are forgotten.
const ROWS_WAITING: usize = 32_768;

type Rows = BTreeMap<(Source, &'static str), Count>;

/// What was refused and is not recorded yet. Its time never goes back.
pub(super) struct Ledger {
    replica: String,
    /// When the current minute began.
    minute: DateTime<Utc>,
    /// The newest moment that was seen.
    latest: DateTime<Utc>,
    open: HashMap<TenantId, Rows>,
    rows: usize,
    waiting: VecDeque<Batch>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Count {
    count: u64,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
}

/// A minute of one tenant: what becomes entries in one transaction.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) tenant: TenantId,
    /// Chosen once, so that what may have been recorded is found.
    pub(super) events: Vec<(EventId, CheckRefusedV1)>,
    /// Whether it may have been recorded.
    pub(super) doubtful: bool,
}

impl Batch {
    fn refusals(&self) -> u64 {
        self.events.iter().map(|(_, event)| event.count).sum()
    }
}

impl Ledger {
    pub(super) fn new(replica: String, now: DateTime<Utc>) -> Self {
        let (open, waiting) = (HashMap::new(), VecDeque::new());
        Self { replica, minute: minute_of(now), latest: now, open, rows: 0, waiting }
    }

    /// Counts one. Where there is no room for its source, it counts as one of the others.
    pub(super) fn count(
        &mut self,
        tenant: TenantId,
        source: Source,
        code: &'static str,
        now: DateTime<Utc>,
    ) {
        self.advance(now, &mut rand::rng());
        let at = self.latest;
        let rows = self.open.entry(tenant).or_default();
        let mut row = (source, code);
        let room = rows.len() < ROWS_OF_TENANT && self.rows < ROWS_OF_MINUTE;
        if !room && row.0 != Source::Unverified && !rows.contains_key(&row) {
            row.0 = Source::Other;
        }
        let known = rows.len();
        let count = rows.entry(row).or_insert(Count { count: 0, first_at: at, last_at: at });
        (count.count, count.last_at) = (count.count + 1, at);
        self.rows += rows.len() - known;
    }

    /// Ends the current minute, over or not. Its entries are made here, once.
    pub(super) fn close(&mut self, random: &mut impl Rng) {
        let (minute, at) = (self.minute, self.latest);
        for (tenant, rows) in self.open.drain() {
            let event = |((source, code), counted): ((Source, &'static str), Count)| {
                let mut bytes = [0; 10];
                random.fill_bytes(&mut bytes);
                let event = CheckRefusedV1 {
                    minute,
                    source: source.text(),
                    code: code.to_owned(),
                    count: counted.count,
                    first_at: counted.first_at,
                    last_at: counted.last_at,
                    replica: self.replica.clone(),
                };
                (EventId::at(at, bytes), event)
            };
            let events = rows.into_iter().map(event).collect();
            self.waiting.push_back(Batch { tenant, events, doubtful: false });
        }
        self.rows = 0;
    }

    /// Hands out everything that is over, oldest first.
    pub(super) fn take(&mut self, now: DateTime<Utc>, random: &mut impl Rng) -> Vec<Batch> {
        self.advance(now, random);
        self.waiting.drain(..).collect()
    }

    /// Takes back what could not be recorded; answers how many refusals are forgotten for it.
    pub(super) fn keep(&mut self, batches: Vec<Batch>) -> u64 {
        for batch in batches.into_iter().rev() {
            self.waiting.push_front(batch);
        }
        let mut rows: usize = self.waiting.iter().map(|batch| batch.events.len()).sum();
        let mut forgotten = 0;
        while rows > ROWS_WAITING {
            let Some(oldest) = self.waiting.pop_front() else { break };
            rows -= oldest.events.len();
            forgotten += oldest.refusals();
        }
        forgotten
    }

    fn advance(&mut self, now: DateTime<Utc>, random: &mut impl Rng) {
        let minute = minute_of(now);
        if minute > self.minute {
            self.close(random);
            self.minute = minute;
        }
        self.latest = now.max(self.latest);
    }
}

fn minute_of(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment.duration_trunc(TimeDelta::minutes(1)).unwrap_or(moment)
}
