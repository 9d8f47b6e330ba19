use std::collections::VecDeque;

use gw_db::{DbError, SnapshotTx};

use crate::{Entry, store};

/// The entries in order, a page at a time.
#[derive(Default)]
pub(super) struct Entries {
    page: VecDeque<Entry>,
    last: Option<Entry>,
    /// How many were taken.
    pub(super) taken: u64,
}

impl Entries {
    pub(super) async fn next(&mut self, tx: &mut SnapshotTx<'_>) -> Result<Option<Entry>, DbError> {
        if self.page.is_empty() {
            self.page = store::entries(tx, self.last.as_ref()).await?.into();
            self.last = self.page.back().cloned();
        }
        let next = self.page.pop_front();
        self.taken += u64::from(next.is_some());
        Ok(next)
    }
}
