use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, Utc};
use gw_decision::{Ledger, Reservation};
use gw_journal::{Decided, LogSigner, NoteSigner, Resolution, Resolved};
use gw_kernel::{Epoch, TenantId};

use super::{Refused, Verdict, verdict::Answered};
use crate::{domain::RequestError, snapshot::Loaded};

/// So many limits and keys are taken together: what a batch of the journal takes of all tenants.
const MAX_RESERVATIONS: usize = 2048;

/// What the journal records, all of it or nothing.
#[expect(clippy::large_enum_variant, reason = "nearly all are one check, and need no box")]
pub(crate) enum Decision {
    /// One check's verdict.
    Check(Verdict),
    /// The verdicts of checks that were asked together.
    Unit(Unit),
}

/// Verdicts that were made from one state.
pub(crate) struct Unit {
    verdicts: Vec<Verdict>,
    /// They have a key together, of which each has its part.
    keyed: bool,
    loaded: Arc<Loaded>,
    /// What they name, each limit and key once.
    reservations: Vec<Reservation>,
}

impl Unit {
    /// Puts them together, in the order in which they take.
    pub(super) fn of(
        verdicts: Vec<Verdict>,
        keyed: bool,
        loaded: Arc<Loaded>,
    ) -> Result<Self, Refused> {
        let mut known = HashSet::new();
        let named = verdicts.iter().flat_map(|verdict| verdict.reservations());
        let new = named.filter(|reservation| known.insert(name(reservation)));
        let reservations: Vec<Reservation> = new.cloned().collect();
        if reservations.len() > MAX_RESERVATIONS {
            return Err(RequestError::TooManyLimits(MAX_RESERVATIONS).into());
        }
        Ok(Self { verdicts, keyed, loaded, reservations })
    }

    fn settle(
        self,
        ledger: &mut Ledger,
        now: DateTime<Utc>,
        mut index: u64,
    ) -> Vec<Resolution<Answered>> {
        // Whoever has a part of their key has all of it.
        if self.keyed && self.verdicts.iter().any(|verdict| verdict.conflicts(ledger, now)) {
            return self.verdicts.iter().map(|_| Resolution::Conflict).collect();
        }
        let settle = |verdict: Verdict| {
            let resolution = verdict.settle(ledger, now, index);
            index += u64::from(matches!(resolution, Resolution::Entry(_)));
            resolution
        };
        self.verdicts.into_iter().map(settle).collect()
    }
}

/// What a limit or a key is known by.
fn name(reservation: &Reservation) -> String {
    match reservation {
        Reservation::Burn(burn) => burn.use_key().to_owned(),
        Reservation::Spend(spend) => spend.counter_key(),
    }
}

impl Decision {
    const fn loaded(&self) -> &Arc<Loaded> {
        match self {
            Self::Check(verdict) => verdict.loaded(),
            Self::Unit(unit) => &unit.loaded,
        }
    }
}

impl Decided for Decision {
    type Answer = Answered;

    fn tenant(&self) -> TenantId {
        self.loaded().snapshot.tenant
    }

    fn epoch(&self) -> Epoch {
        self.loaded().snapshot.epoch
    }

    fn acknowledged(&self) -> Option<DateTime<Utc>> {
        self.loaded().acknowledged
    }

    fn checks(&self) -> usize {
        match self {
            Self::Check(_) => 1,
            Self::Unit(unit) => unit.verdicts.len(),
        }
    }

    fn reservations(&self) -> &[Reservation] {
        match self {
            Self::Check(verdict) => verdict.reservations(),
            Self::Unit(unit) => &unit.reservations,
        }
    }

    fn log_signer(&self) -> &Arc<LogSigner> {
        &self.loaded().log
    }

    fn cosigner(&self) -> Option<&Arc<NoteSigner>> {
        match self {
            Self::Check(verdict) => verdict.cosigner(),
            // They were asked of one gate.
            Self::Unit(unit) => unit.verdicts.first().and_then(Verdict::cosigner),
        }
    }

    fn halt(&mut self) {
        match self {
            Self::Check(verdict) => verdict.halt(),
            Self::Unit(unit) => unit.verdicts.iter_mut().for_each(Verdict::halt),
        }
    }

    fn settle(self, ledger: &mut Ledger, now: DateTime<Utc>, index: u64) -> Resolved<Answered> {
        match self {
            Self::Check(verdict) => Resolved::One(verdict.settle(ledger, now, index)),
            Self::Unit(unit) => Resolved::Unit(unit.settle(ledger, now, index)),
        }
    }
}
