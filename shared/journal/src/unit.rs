//! A unit: checks that are recorded together, and whose caller is told of all of them at once.

use gw_decision::Use;

use crate::{
    AnswerOf, Deciding, SubmitError,
    outcome::{Committed, Told},
    shared::Again,
};

/// A unit that was settled.
pub(crate) struct Unit<D: Deciding> {
    pub(crate) caller: Again<D>,
    /// What each of its checks came to, in their order.
    pub(crate) parts: Vec<Part>,
}

/// What one check of a unit came to.
#[derive(Debug)]
pub(crate) enum Part {
    /// The next of the records that units wait for.
    Recorded,
    /// An earlier record speaks for it: another batch's, or one of this.
    Repeated(Use),
    /// Another request has its key.
    Conflict,
}

impl<D: Deciding> Unit<D> {
    /// Tells its caller, whose records are the next of these. Were one missing, nothing certain
    /// could be said of the unit.
    pub(crate) fn answer(self, records: &mut impl Iterator<Item = Committed<AnswerOf<D>>>) {
        let mut each = Vec::with_capacity(self.parts.len());
        for part in self.parts {
            each.push(match part {
                Part::Repeated(taken) => Some(Told::Repeated(taken)),
                Part::Conflict => None,
                Part::Recorded => match records.next() {
                    Some(record) => Some(Told::Committed(record)),
                    None => return self.caller.ticket.answer(Err(SubmitError::OutcomeUnknown)),
                },
            });
        }
        self.caller.ticket.answer(Ok(Told::Unit(each)));
    }
}
