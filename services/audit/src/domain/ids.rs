use uuid::Uuid;

use super::{Finding, Problem};

/// Sees that no two entries have one id, in a log's ids in order.
#[derive(Debug, Default)]
pub struct UniqueIds {
    last: Option<Uuid>,
    count: u64,
}

impl UniqueIds {
    /// Takes the next id.
    ///
    /// # Errors
    /// When it is the last one again.
    pub fn take(&mut self, id: Uuid) -> Result<(), Finding> {
        if self.last == Some(id) {
            return Err(Problem::SameId(id).anywhere());
        }
        self.last = Some(id);
        self.count += 1;
        Ok(())
    }

    /// Demands that there were as many as the log has entries.
    ///
    /// # Errors
    /// When the index of ids and the log have different entries.
    pub fn finish(self, size: u64) -> Result<(), Finding> {
        if self.count == size { Ok(()) } else { Err(Problem::Column("id").anywhere()) }
    }
}
