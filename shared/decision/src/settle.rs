use std::collections::HashMap;

use gw_contracts::Taken;

use crate::{Outcome, Reservation, StageOutcome, Verdict, stages::RESERVATION};

/// How much of each limit is used, by counter key, as it was read while the head was held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters(HashMap<String, i64>);

impl Counters {
    /// Says how much of a limit is used. A key that is never set counts as unused.
    pub fn set(&mut self, key: String, used: i64) {
        self.0.insert(key, used);
    }

    /// How much of a limit is used.
    #[must_use]
    pub fn used(&self, key: &str) -> i64 {
        self.0.get(key).copied().unwrap_or(0)
    }
}

/// An outcome after its reservations were taken, or refused.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The outcome as it is answered.
    pub outcome: Outcome,
    /// Every limit it named, before and after; equal where nothing was taken.
    pub taken: Vec<Taken>,
    /// The counters to write, with their new values.
    pub writes: Vec<(String, i64)>,
}

/// Takes what an outcome names from the counters: all of it or nothing, and only on `allow`.
///
/// A limit that is used up makes the outcome a block, and the counters stay as they were.
#[must_use]
pub fn settle(counters: &mut Counters, mut outcome: Outcome) -> Settled {
    if outcome.decision != Verdict::Allow || outcome.reservations.is_empty() {
        return Settled { outcome, taken: Vec::new(), writes: Vec::new() };
    }
    let mut taken: Vec<Taken> = Vec::with_capacity(outcome.reservations.len());
    let mut used_up = None;
    for reservation in &outcome.reservations {
        let limit = reservation.counter_key();
        let earlier = taken.iter().rev().find(|earlier| earlier.limit == limit);
        let before = earlier.map_or_else(|| counters.used(&limit), |earlier| earlier.after);
        let after = before.checked_add(1).filter(|after| *after <= reservation.limit());
        if after.is_none() && used_up.is_none() {
            used_up = Some((reservation.clone(), before));
        }
        taken.push(Taken { limit, before, after: after.unwrap_or(before) });
    }
    if let Some((reservation, used)) = used_up {
        taken.iter_mut().for_each(|taken| taken.after = taken.before);
        refuse(&mut outcome, &reservation, used);
        return Settled { outcome, taken, writes: Vec::new() };
    }
    let writes: Vec<(String, i64)> =
        taken.iter().map(|taken| (taken.limit.clone(), taken.after)).collect();
    for (key, used) in &writes {
        counters.set(key.clone(), *used);
    }
    Settled { outcome, taken, writes }
}

fn refuse(outcome: &mut Outcome, reservation: &Reservation, used: i64) {
    let limit = reservation.limit();
    let reason = format!("the budget of {limit} calls is used up ({used} used)");
    if let Some(stage) = outcome.checks.iter_mut().find(|stage| stage.check == RESERVATION) {
        stage.outcome = StageOutcome::Block;
        stage.detail = reason.clone().into();
    }
    outcome.block(reservation.code(), reason.into());
}
