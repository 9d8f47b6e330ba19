//! The figures of `/metrics` that are states of this service.

use gw_runtime::metrics::Gauges;
use metrics::gauge;

use crate::Context;

/// The journal's queue and connections, and the snapshots in memory.
pub(crate) struct Figures(pub(crate) Context);

impl Gauges for Figures {
    fn set(&self) {
        let health = self.0.journal.health();
        gauge!("gatewright_journal_queued_checks").set(figure(health.queued));
        gauge!("gatewright_journal_tenants_aside").set(figure(health.tenants_aside));
        gauge!("gatewright_journal_tenants_regressed").set(figure(health.tenants_regressed));
        gauge!("gatewright_journal_lanes_connected").set(figure(health.lanes_connected));
        gauge!("gatewright_journal_sides_connected").set(figure(health.sides_connected));
        let memory = self.0.snapshots.in_memory();
        gauge!("gatewright_snapshot_tenants").set(figure(memory.tenants));
        gauge!("gatewright_snapshot_rows").set(figure(memory.rows));
        gauge!("gatewright_snapshot_oldest_seconds").set(memory.oldest.as_secs_f64());
    }
}

fn figure(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
