use std::{collections::HashSet, ops::Range};

use chrono::{DateTime, Utc};
use gw_contracts::{CheckDecidedV1, DecisionRecord, Event as _, Taken};
use gw_crypto::strict;
use gw_decision::{Counter, Counters, ENGINE, KillScope, decide, record, settle};
use gw_kernel::{DecisionId, Epoch, Fault as _, TenantId};
use serde::Deserialize as _;
use serde_json::Value;

use super::{
    Difference, Disagreement, History, Replay, Stopped, StoppedAt,
    question::{self, Tokens},
    report::OnTrust,
};
use crate::Entry;

/// Decides a log's decisions again as its entries pass, in order.
///
/// What it keeps grows with the tenant's configuration and budgets, never with the log.
pub struct Replayer {
    history: History,
    tokens: Tokens,
    positions: Range<i64>,
    position: i64,
    counters: Counters,
    /// Behind decisions without a body, the counters that have been seen since.
    found: Option<HashSet<String>>,
    report: Replay,
}

impl Replayer {
    /// Begins at the beginning of this tenant's log, to tell of the decisions at these positions.
    #[must_use]
    pub fn new(tenant: TenantId, positions: Range<i64>) -> Self {
        Self {
            history: History::new(tenant),
            tokens: Tokens::of(tenant),
            positions,
            position: 0,
            counters: Counters::default(),
            found: None,
            report: Replay {
                tenant_id: tenant,
                entries: 0,
                epoch: 0,
                replayed: 0,
                agreed: 0,
                disagreed: 0,
                other_engine: 0,
                no_body: 0,
                on_trust: OnTrust::default(),
                stopped: None,
            },
        }
    }

    /// The position that comes next.
    #[must_use]
    pub const fn position(&self) -> i64 {
        self.position
    }

    /// The tenant's configuration here, as the log tells of it.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// Whether every position that was asked for has passed.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.position >= self.positions.end
    }

    /// Takes the next entry, of a batch of this moment: a decision that comes out differently.
    ///
    /// # Errors
    /// When nothing from here on can be decided again.
    pub fn entry(
        &mut self,
        row: &Entry,
        at: DateTime<Utc>,
    ) -> Result<Option<Disagreement>, Stopped> {
        if row.idx != self.position {
            return Err(Stopped::MISSING);
        }
        let disagreement = match row.body.as_deref() {
            Some(body) => self.event(row, body, at)?,
            None => self.without_body(row)?,
        };
        self.position += 1;
        Ok(disagreement)
    }

    /// Ends it before the end.
    #[must_use]
    pub fn stopped(mut self, why: Stopped) -> Replay {
        let why = why.to_string();
        self.report.stopped = Some(StoppedAt { position: self.position, why });
        self.finish()
    }

    /// Ends it.
    #[must_use]
    pub fn finish(mut self) -> Replay {
        self.report.entries = self.position;
        self.report.epoch = self.history.snapshot().epoch.0;
        self.report
    }

    /// The body says what it is. A decision can be damaged, and the others be decided again; what
    /// may have changed the configuration has to be read.
    fn event(
        &mut self,
        row: &Entry,
        body: &[u8],
        at: DateTime<Utc>,
    ) -> Result<Option<Disagreement>, Stopped> {
        let event = strict::parse(body, strict::DEEPEST)
            .map_err(|_| Stopped::because("the entry cannot be read"))?;
        let kind = event["type"].as_str().unwrap_or_default();
        if kind == CheckDecidedV1::TYPE {
            return Ok(self.decision(row, body, &event, at));
        }
        if event["data"]["moves_epoch"] == Value::Bool(true) {
            let learnt = self.history.learn(kind, &event["data"], Epoch(self.position + 1));
            learnt.map_err(|unlearnt| Stopped(unlearnt.to_string().into()))?;
        }
        Ok(None)
    }

    fn without_body(&mut self, row: &Entry) -> Result<Option<Disagreement>, Stopped> {
        if row.moves_epoch {
            let why = "an entry that changes the configuration has no body any more, and nothing \
                       behind it can be decided again";
            return Err(Stopped::because(why));
        }
        if row.kind == CheckDecidedV1::TYPE {
            self.report.no_body += u64::from(self.is_asked_for());
            (self.counters, self.found) = (Counters::default(), Some(HashSet::new()));
        }
        Ok(None)
    }

    fn decision(
        &mut self,
        row: &Entry,
        body: &[u8],
        event: &Value,
        at: DateTime<Utc>,
    ) -> Option<Disagreement> {
        let asked_for = self.is_asked_for();
        if event["data"]["basis"]["engine"] != ENGINE {
            self.believe_what_was_taken(event);
            self.report.other_engine += u64::from(asked_for);
            return None;
        }
        let mut trust = self.report.on_trust.clone();
        let outcome = self.again(event, at, &mut trust);
        if !asked_for {
            return None;
        }
        self.report.on_trust = trust;
        self.report.replayed += 1;
        let differences = match outcome {
            Ok(replayed) if replayed == body => {
                self.report.agreed += 1;
                return None;
            }
            Ok(replayed) => {
                let replayed = serde_json::from_slice(&replayed).unwrap_or_default();
                Difference::between(event, &replayed)
            }
            Err(why) => Difference::instead(event, &why),
        };
        self.report.disagreed += 1;
        let decision_id = DecisionId::from_uuid(row.id).to_string();
        Some(Disagreement { position: row.idx, decision_id, differences })
    }

    /// The record as it has to be, from what it pins and from everything before it.
    fn again(
        &mut self,
        event: &Value,
        at: DateTime<Utc>,
        trust: &mut OnTrust,
    ) -> Result<Vec<u8>, String> {
        let recorded = DecisionRecord::deserialize(event);
        let DecisionRecord { id, data, .. } =
            recorded.map_err(|error| format!("the record cannot be read: {error}"))?;
        let now = moment(&data.inputs.now).ok_or("the record names no moment")?;
        let snapshot = self.history.snapshot();
        let question = question::rebuild(&data, snapshot, &self.tokens, trust)?;
        let mut outcome = decide(snapshot, &question, now)
            .map_err(|refusal| format!("refused: {}", refusal.code()))?;
        if data.kill_switch.as_deref() == Some(KillScope::Global.as_str()) {
            trust.global_halts += 1;
            outcome.halt();
        }
        if let Some(found) = &mut self.found {
            let new = data.inputs.taken.iter().filter(|taken| found.insert(taken.limit.clone()));
            for taken in new {
                trust.counters += 1;
                self.counters.set(taken.limit.clone(), counter(taken, taken.before));
            }
        }
        let settled = settle(&mut self.counters, outcome, at);
        record::build(&settled, &question, id, data.arguments_hmac.as_deref())
            .map_err(|e| e.to_string())
    }

    /// What cannot be decided again has moved the counters all the same.
    fn believe_what_was_taken(&mut self, event: &Value) {
        let taken = Vec::<Taken>::deserialize(&event["data"]["inputs"]["taken"]);
        for taken in taken.unwrap_or_default() {
            self.counters.set(taken.limit.clone(), counter(&taken, taken.after));
        }
    }

    fn is_asked_for(&self) -> bool {
        self.positions.contains(&self.position)
    }
}

fn counter(taken: &Taken, used: i64) -> Counter {
    Counter { used, since: taken.since.as_deref().and_then(moment) }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.to_utc())
}
