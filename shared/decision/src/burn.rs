//! What is taken once: keys that callers give, so that asking again decides nothing twice.

use chrono::{DateTime, TimeDelta, Utc};
use gw_crypto::{Hash, sha256};
use gw_kernel::GateId;

use crate::{Caller, Idempotency, Outcome, Reservation, Use, Uses, Verdict};

/// How long a key stays with the request that it was given first.
const KEY_LASTS: TimeDelta = TimeDelta::hours(24);

/// Something that can be taken once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Burn {
    key: String,
    fingerprint: Hash,
}

/// What an earlier decision under the same key means for this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repetition {
    /// The same was asked, and would be allowed still: the answer that was recorded then, a block
    /// too, is given again. Nothing is recorded, and nothing taken.
    Again(Use),
    /// Something else was asked under the key.
    Conflict,
}

impl Burn {
    /// Something that is known by this key, and what it is taken for.
    #[must_use]
    pub const fn new(key: String, fingerprint: Hash) -> Self {
        Self { key, fingerprint }
    }

    /// A key that a caller gave. It is the caller's own, at this gate: others who give the same
    /// one mean another.
    pub(crate) fn idempotency_key(gate: GateId, caller: &Caller, given: &Idempotency) -> Self {
        let (gate, caller) = (gate.uuid(), sha256(scope(caller)));
        let parts = [gate.as_bytes().as_slice(), &caller, &given.key_sha256].concat();
        let key = format!("idempotency:{}", hex::encode(sha256(parts)));
        Self::new(key, given.fingerprint)
    }

    /// What [`Uses`] know it by.
    #[must_use]
    pub fn use_key(&self) -> &str {
        &self.key
    }

    fn repeats(&self, uses: &Uses, allowed: bool, now: DateTime<Utc>) -> Option<Repetition> {
        let known = uses.at(&self.key, now)?;
        if known.fingerprint != self.fingerprint {
            return Some(Repetition::Conflict);
        }
        allowed.then(|| Repetition::Again(known.clone()))
    }
}

/// Who a caller is, where keys are told apart. An agent is its credential: the whole chain, which
/// the last hop's id stands for.
fn scope(caller: &Caller) -> String {
    match caller {
        Caller::Key(key) => format!("key:{}", key.id),
        Caller::Agent(capability) => {
            let contents = capability.contents();
            let hop = contents.hops.last().map_or("", String::as_str);
            format!("agent:{hop}:{}", contents.jti)
        }
    }
}

/// Whether an outcome repeats one that is recorded. None where it is the first under its key, and
/// where it says no to what was asked before: then it is recorded itself, and the key stays with
/// the first.
///
/// What the first one spent was spent for both, so limits are not asked: an outcome that only they
/// could block repeats it.
#[must_use]
pub fn repeats(uses: &Uses, outcome: &Outcome, now: DateTime<Utc>) -> Option<Repetition> {
    let allowed = outcome.decision == Verdict::Allow;
    let mut burns = outcome.reservations.iter().filter_map(Reservation::burn);
    burns.find_map(|burn| burn.repeats(uses, allowed, now))
}

/// Takes what an outcome burns and nobody has, for its record at this position; the same again,
/// to be written. `told` is what its caller hears besides the record.
#[must_use]
pub fn burn(
    uses: &mut Uses,
    outcome: &Outcome,
    now: DateTime<Utc>,
    index: u64,
    told: &[u8],
) -> Vec<(String, Use)> {
    let burns = outcome.reservations.iter().filter_map(Reservation::burn);
    let free = burns.filter(|burn| uses.at(&burn.key, now).is_none());
    let take = |burn: &Burn| {
        let (fingerprint, expires_at) = (burn.fingerprint, now + KEY_LASTS);
        (burn.key.clone(), Use { index, fingerprint, expires_at, told: told.to_vec() })
    };
    let taken: Vec<(String, Use)> = free.map(take).collect();
    for (key, known) in &taken {
        uses.set(key.clone(), known.clone());
    }
    taken
}
