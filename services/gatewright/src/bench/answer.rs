use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;

/// Every so many answers, one is kept for its receipt.
const KEPT: u64 = 64;

/// What one connection was answered.
#[derive(Default)]
pub(super) struct Seen {
    /// All 200s, while warming up too: each has a row.
    pub(super) answered: u64,
    /// Anything else.
    pub(super) failed: u64,
    /// Of the measured ones: how many, and how many of them allow.
    pub(super) measured: u64,
    pub(super) allowed: u64,
    pub(super) bytes: u64,
    /// In microseconds.
    pub(super) latencies: Vec<u32>,
    /// Whose they are, and what was answered.
    pub(super) kept: Vec<(usize, Bytes)>,
}

impl Seen {
    pub(super) fn count(
        &mut self,
        tenant: usize,
        status: StatusCode,
        answer: &Bytes,
        took: Duration,
        measuring: bool,
    ) {
        if status != StatusCode::OK {
            self.failed += 1;
            return;
        }
        self.answered += 1;
        if !measuring {
            return;
        }
        self.measured += 1;
        self.allowed += u64::from(allows(answer));
        self.bytes += answer.len() as u64;
        self.latencies.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
        if self.measured % KEPT == 1 {
            self.kept.push((tenant, answer.clone()));
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.answered += other.answered;
        self.failed += other.failed;
        self.measured += other.measured;
        self.allowed += other.allowed;
        self.bytes += other.bytes;
        self.latencies.extend(other.latencies);
        self.kept.extend(other.kept);
    }

    /// The latency, in milliseconds, that so many of a thousand answers did not pass.
    pub(super) fn percentile(&mut self, per_mille: usize) -> f64 {
        if self.latencies.is_empty() {
            return f64::NAN;
        }
        let place = (self.latencies.len() * per_mille / 1000).min(self.latencies.len() - 1);
        let (_, micros, _) = self.latencies.select_nth_unstable(place);
        f64::from(*micros) / 1000.0
    }
}

/// Whether an answer says yes, without parsing it: the load must cost less than what it measures.
fn allows(answer: &[u8]) -> bool {
    let yes = br#""decision":"allow""#;
    answer.windows(yes.len()).any(|window| window == yes)
}

/// A count, as a figure.
#[expect(clippy::cast_precision_loss, reason = "counts of one run are far below 2^52")]
pub(super) fn count(count: u64) -> f64 {
    count as f64
}
