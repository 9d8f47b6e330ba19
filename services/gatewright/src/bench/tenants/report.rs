use std::time::Duration;

use serde::Serialize;

/// All figures of one `bench tenants`.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) tenants: Vec<WithTenants>,
    pub(super) revocations: Vec<WithRevocations>,
    /// Whether a revocation reads the same bytes, and a new key pair the same rows, whatever else
    /// there is.
    pub(super) bytes_are_equal: bool,
}

/// With so many tenants in the database, and in the memory of one process.
#[derive(Debug, Serialize)]
pub(super) struct WithTenants {
    pub(super) tenants: usize,
    /// How many of them were made in a second, through the front door.
    pub(super) made_per_second: f64,
    /// From the start of a process to its first answer.
    pub(super) cold_start_ms: f64,
    pub(super) first_check: FirstCheck,
    /// Resident memory with all of them loaded.
    pub(super) rss_kib: u64,
    /// What it grew by with each tenant; noise where they are few.
    pub(super) kib_per_tenant: f64,
    pub(super) revocation: Cost,
    pub(super) rotation: Cost,
}

/// Of a tenant with so many revocations.
#[derive(Debug, Serialize)]
pub(super) struct WithRevocations {
    pub(super) revocations: usize,
    /// Its first check, which loads all of it.
    pub(super) whole_bytes: u64,
    pub(super) whole_rows: u64,
    pub(super) whole_ms: f64,
    pub(super) revocation: Cost,
    pub(super) rotation: Cost,
}

/// Of a change: medians.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Cost {
    /// What the reload read from Postgres, protocol and all.
    pub(super) bytes: u64,
    pub(super) rows: u64,
    /// How long the next check took, and how much longer than one with nothing to load.
    pub(super) next_decision_ms: f64,
    pub(super) reload_ms: f64,
    /// Processor time of the process beyond that of such a check.
    pub(super) cpu_us: f64,
}

/// Checks of tenants that are not in memory.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct FirstCheck {
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

/// The same while they are asked.
#[derive(Debug, Default)]
pub(super) struct FirstChecks(Vec<Duration>);

impl FirstChecks {
    pub(super) fn took(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(super) fn concluded(mut self) -> FirstCheck {
        self.0.sort_unstable();
        let at = |per_mille: usize| {
            let place = (self.0.len() * per_mille / 1000).min(self.0.len().saturating_sub(1));
            self.0.get(place).map_or(f64::NAN, |time| ms(*time))
        };
        FirstCheck { p50_ms: at(500), p99_ms: at(990), max_ms: at(1000) }
    }
}

impl Report {
    /// Compares what changes read.
    pub(super) fn conclude(&mut self) {
        // A rotation's entry names positions of the log, which have more digits in longer ones.
        let of =
            |revocation: &Cost, rotation: &Cost| (revocation.bytes, revocation.rows, rotation.rows);
        let by_tenants = self.tenants.iter().map(|it| of(&it.revocation, &it.rotation));
        let by_revocations = self.revocations.iter().map(|it| of(&it.revocation, &it.rotation));
        let mut all = by_tenants.chain(by_revocations);
        let first = all.next();
        self.bytes_are_equal = all.all(|other| Some(other) == first);
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for it in &self.tenants {
            lines.push(format!(
                "{} tenants: {:.0} made a second; first decision {:.0} ms after the start; \
                 {:.1} KiB a tenant (RSS {} KiB); first check {:.1} ms (p99 {:.1}, max {:.1})",
                it.tenants,
                it.made_per_second,
                it.cold_start_ms,
                it.kib_per_tenant,
                it.rss_kib,
                it.first_check.p50_ms,
                it.first_check.p99_ms,
                it.first_check.max_ms,
            ));
            lines.extend([it.revocation.line("revocation"), it.rotation.line("new key pair")]);
        }
        for it in &self.revocations {
            lines.push(format!(
                "{} revocations: loaded whole with {} bytes, {} rows, in {:.1} ms",
                it.revocations, it.whole_bytes, it.whole_rows, it.whole_ms,
            ));
            lines.extend([it.revocation.line("revocation"), it.rotation.line("new key pair")]);
        }
        lines.push(
            if self.bytes_are_equal {
                "a change reads the same, however many tenants and revocations there are"
            } else {
                "A CHANGE READS MORE where there are more tenants or revocations"
            }
            .to_owned(),
        );
        lines
    }
}

impl Cost {
    fn line(&self, name: &str) -> String {
        format!(
            "  {name:<12} {:>6} bytes, {:>3} rows; next decision {:.2} ms, {:.2} ms of it the \
             reload; {:.0} us of processor time",
            self.bytes, self.rows, self.next_decision_ms, self.reload_ms, self.cpu_us,
        )
    }
}

/// The one in the middle; there is at least one.
pub(super) fn median<T: Ord + Copy + Default>(mut all: Vec<T>) -> T {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

pub(super) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
