//! The figures of `/metrics` that are states of this service.

use gw_runtime::metrics::Gauges;
use metrics::gauge;

use crate::Context;

/// The journal's queue and connections, and the snapshots in memory.
pub(crate) struct Figures(pub(crate) Context);

impl Gauges for Figures {
    fn set(&self) {
        let health = self.0.journal.health();
        gauge!("gatewright_journal_queued_checks").set(health.queued as f64);
        gauge!("gatewright_journal_tenants_aside").set(health.tenants_aside as f64);
        gauge!("gatewright_journal_tenants_regressed").set(health.tenants_regressed as f64);
        gauge!("gatewright_journal_lanes_connected").set(health.lanes_connected as f64);
        gauge!("gatewright_journal_sides_connected").set(health.sides_connected as f64);
        let memory = self.0.snapshots.in_memory();
        gauge!("gatewright_snapshot_tenants").set(memory.tenants as f64);
        gauge!("gatewright_snapshot_rows").set(memory.rows as f64);
        gauge!("gatewright_snapshot_oldest_seconds").set(memory.oldest.as_secs_f64());
    }
}
