//! What a committed batch leaves for each of its callers.

use std::sync::Arc;

use gw_crypto::{merkle, receipt::Receipt};
use gw_decision::Use;
use gw_kernel::Epoch;

use crate::{Recorded, Submitted};

/// What a caller is told.
pub(crate) enum Told<A> {
    /// Its record is durable.
    Committed(Committed<A>),
    /// An earlier one is, and speaks for it.
    Repeated(Use),
    /// Each check of a unit; none where another request has its key.
    Unit(Vec<Option<Told<A>>>),
}

impl<A> Told<A> {
    pub(crate) fn into_submitted(self) -> Submitted<A> {
        match self {
            Self::Committed(committed) => Submitted::Recorded(committed.into_recorded()),
            Self::Repeated(taken) => Submitted::Repeated(taken),
            Self::Unit(each) => {
                let each = each.into_iter().map(|told| told.map(Self::into_submitted));
                Submitted::Unit(each.collect())
            }
        }
    }
}

/// One record of a batch that is durable. The inclusion path is left to the caller's own task,
/// so that a lane goes on to its next batch.
pub(crate) struct Committed<A> {
    pub(crate) answer: A,
    pub(crate) body: Vec<u8>,
    pub(crate) signature: Option<[u8; 64]>,
    pub(crate) index: u64,
    pub(crate) epoch: Epoch,
    pub(crate) tree: Arc<merkle::Batch>,
    pub(crate) checkpoint: Arc<str>,
}

impl<A> Committed<A> {
    fn into_recorded(self) -> Recorded<A> {
        let receipt = Receipt {
            index: self.index,
            path: self.tree.path(self.index),
            checkpoint: self.checkpoint.to_string(),
        };
        Recorded {
            answer: self.answer,
            body: self.body,
            signature: self.signature,
            index: self.index,
            epoch: self.epoch,
            receipt,
        }
    }
}
