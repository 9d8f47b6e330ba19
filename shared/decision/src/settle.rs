use chrono::{DateTime, Utc};
use gw_contracts::Taken;
use gw_kernel::rfc3339;

use crate::{
    Counter, Counters, Outcome, Reservation, Spend, StageOutcome, Verdict, stages::RESERVATION,
};

/// An outcome after what it spends was taken, or refused.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The outcome as it is answered.
    pub outcome: Outcome,
    /// Every limit it named, before and after; equal where nothing was taken.
    pub taken: Vec<Taken>,
    /// The same limits, as its caller sees them.
    pub limits: Vec<Limit>,
    /// Where waiting helps: in how many seconds to ask again.
    pub retry_after: Option<u64>,
    /// The counters to write, with their new values.
    pub writes: Vec<(String, Counter)>,
}

/// What is left of a limit after a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Its counter key.
    pub limit: String,
    /// How much is left.
    pub remaining: i64,
    /// When it starts anew, if it does.
    pub resets_at: Option<DateTime<Utc>>,
}

/// One limit while it is settled.
struct Line<'a> {
    spend: &'a Spend,
    key: String,
    before: Counter,
    /// None where there is not enough left.
    after: Option<Counter>,
}

/// Takes what an outcome spends from the counters: all of it or nothing, and only on `allow`.
///
/// A limit that is used up makes the outcome a block, and the counters stay as they were. `now` is
/// the moment of the batch, which is the same for all replicas and never goes back: windows begin
/// and end by it, whatever a replica's own clock says.
#[must_use]
pub fn settle(counters: &mut Counters, mut outcome: Outcome, now: DateTime<Utc>) -> Settled {
    let spends: Vec<Spend> =
        outcome.reservations.iter().filter_map(Reservation::spend).cloned().collect();
    if outcome.decision != Verdict::Allow || spends.is_empty() {
        let (taken, limits, writes) = Default::default();
        return Settled { outcome, taken, limits, retry_after: None, writes };
    }
    let lines = lines(counters, &spends, now);
    let refused: Vec<&Line<'_>> = lines.iter().filter(|line| line.after.is_none()).collect();
    let all = refused.is_empty();
    let retry_after = retry_after(&refused, now);
    if let Some(first) = refused.first() {
        refuse(&mut outcome, first.spend, first.before.used);
    }
    let mut writes = Vec::new();
    if all {
        writes.extend(lines.iter().filter_map(|line| Some((line.key.clone(), line.after?))));
        for (key, counter) in &writes {
            counters.set(key.clone(), *counter);
        }
    }
    let taken = lines.iter().map(|line| line.taken(all)).collect();
    let limits = lines.iter().map(|line| line.limit(all)).collect();
    Settled { outcome, taken, limits, retry_after, writes }
}

fn lines<'a>(counters: &Counters, spends: &'a [Spend], now: DateTime<Utc>) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::with_capacity(spends.len());
    for spend in spends {
        let key = spend.counter_key();
        let earlier = lines.iter().rev().find(|earlier| earlier.key == key);
        let before = earlier.and_then(|earlier| earlier.after);
        let before = before.unwrap_or_else(|| counters.at(spend, now));
        let sum = before.used.checked_add(spend.amount());
        let used = sum.filter(|used| *used <= spend.limit());
        let after = used.map(|used| Counter { used, ..before });
        lines.push(Line { spend, key, before, after });
    }
    lines
}

/// The seconds after which no window stands in the way; none where something else does, which
/// does not come back.
fn retry_after(refused: &[&Line<'_>], now: DateTime<Utc>) -> Option<u64> {
    let worth = |line: &&Line<'_>| (line.spend.limit() > 0).then(|| line.resets_at())?;
    let moments: Option<Vec<_>> = refused.iter().map(worth).collect();
    let wait = moments?.into_iter().max()? - now;
    let micros = u64::try_from(wait.num_microseconds()?).ok()?;
    Some(micros.div_ceil(1_000_000))
}

impl Line<'_> {
    fn taken(&self, all: bool) -> Taken {
        let before = self.before.used;
        let after = self.after.filter(|_| all).map_or(before, |after| after.used);
        let since = self.before.since.map(rfc3339);
        Taken { limit: self.key.clone(), before, after, since }
    }

    fn limit(&self, all: bool) -> Limit {
        let used = self.after.filter(|_| all).unwrap_or(self.before).used;
        let remaining = self.spend.limit().saturating_sub(used).max(0);
        Limit { limit: self.key.clone(), remaining, resets_at: self.resets_at() }
    }

    fn resets_at(&self) -> Option<DateTime<Utc>> {
        self.before.since?.checked_add_signed(self.spend.window()?)
    }
}

fn refuse(outcome: &mut Outcome, spend: &Spend, used: i64) {
    let reason = spend.used_up(used);
    if let Some(stage) = outcome.checks.iter_mut().find(|stage| stage.check == RESERVATION) {
        stage.outcome = StageOutcome::Block;
        stage.detail = reason.clone().into();
    }
    outcome.block(spend.code(), reason.into());
}
