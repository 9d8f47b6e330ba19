use serde::Serialize;

/// All figures of one `bench check`.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The baseline, at 64 connections.
    pub(super) echo: Echo,
    pub(super) runs: Vec<Figures>,
    pub(super) receipts: Receipts,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Echo {
    pub(super) per_second: f64,
    /// Of the server, for each answer, in microseconds.
    pub(super) cpu_us: f64,
}

/// One run.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) name: String,
    /// `each` decision is signed, or each `batch`.
    pub(super) signing: &'static str,
    pub(super) connections: usize,
    /// Checks a second that were asked for; none where each connection asked as fast as it could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rate: Option<f64>,
    pub(super) per_second: f64,
    pub(super) of_echo: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Of all replicas, for each answer, in microseconds.
    pub(super) cpu_us: f64,
    pub(super) cpu_of_echo: f64,
    pub(super) postgres_cpu_us: f64,
    /// Answers that became durable with one commit.
    pub(super) per_commit: f64,
    pub(super) answer_bytes: f64,
    pub(super) record_bytes: f64,
    /// Records stored for each decision answered; 1 where no administrative change was made.
    pub(super) rows_per_decision: f64,
    /// The part of the decisions that allowed.
    pub(super) allowed: f64,
    /// Answers other than 200.
    pub(super) failed: u64,
}

/// Receipts that were verified again, from what was stored.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Receipts {
    pub(super) verified: usize,
    pub(super) refused: usize,
}

impl Figures {
    pub(super) fn heading() -> String {
        format!(
            "{:<26} {:>6} {:>5} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>6}",
            "run",
            "sign",
            "conns",
            "per s",
            "of echo",
            "p50 ms",
            "p99 ms",
            "cpu us",
            "of echo",
            "pg us",
            "per cmt",
            "answer",
            "record",
            "rows"
        )
    }

    pub(super) fn line(&self) -> String {
        format!(
            "{:<26} {:>6} {:>5} {:>9.0} {:>8.3} {:>8.2} {:>8.2} {:>8.1} {:>8.2} {:>8.1} {:>8.1} {:>7.0} {:>7.0} {:>6.3}",
            self.name,
            self.signing,
            self.connections,
            self.per_second,
            self.of_echo,
            self.p50_ms,
            self.p99_ms,
            self.cpu_us,
            self.cpu_of_echo,
            self.postgres_cpu_us,
            self.per_commit,
            self.answer_bytes,
            self.record_bytes,
            self.rows_per_decision,
        )
    }
}
