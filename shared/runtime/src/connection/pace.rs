use std::{
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use crate::HttpConfig;

/// Whoever reads an answer more slowly over [`HttpConfig::body_seconds`] is cut off, in bytes a second.
const SLOWEST_READER: u64 = 1024;

/// So many bytes at once are more than HTTP/2's frames without a request.
const MORE_THAN_PINGS: usize = 1024;

/// How long each part of a connection's life may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) idle: Duration,
    pub(crate) head: Duration,
    pub(crate) stall: Duration,
    pub(crate) body: Duration,
}

impl Patience {
    pub(crate) const fn new(http: &HttpConfig) -> Self {
        Self {
            idle: Duration::from_secs(http.idle_seconds),
            head: Duration::from_secs(http.head_seconds),
            stall: Duration::from_secs(http.stall_seconds),
            body: Duration::from_secs(http.body_seconds),
        }
    }

    /// How often a connection is looked at: whoever is too slow is cut off so much later at most.
    pub(crate) fn between_looks(&self) -> Duration {
        self.head.min(self.stall).min(self.idle) / 4
    }
}

/// What is to be done about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on.
    Well,
    /// Nothing was asked for too long.
    Rested,
    /// Somebody is too slow, with this.
    TooSlow(&'static str),
}

/// What happens on one connection: told by those who read and write it, judged from time to time.
///
/// Moments are milliseconds since the connection began, and one; 0 is none. So a request that
/// comes and is read at once costs two looks at the clock and no timer.
#[derive(Debug)]
pub(crate) struct Pace {
    began: Instant,
    /// Set by the first bytes. Between its requests, HTTP/2 sends frames that are no heads.
    http2: AtomicBool,
    /// Requests that came and whose answers were not handed over yet.
    requests: AtomicU32,
    /// Answers of which the next part waits for its reader, and when one last moved.
    unread: AtomicU32,
    moved_at: AtomicU64,
    /// Since when nothing is asked, and since when a head is coming.
    rests_since: AtomicU64,
    head_since: AtomicU64,
    /// Since when the reader takes nothing, and since when he did not have all; what he took since.
    blocked_since: AtomicU64,
    behind_since: AtomicU64,
    taken: AtomicU64,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            http2: AtomicBool::new(false),
            requests: AtomicU32::new(0),
            unread: AtomicU32::new(0),
            moved_at: AtomicU64::new(0),
            rests_since: AtomicU64::new(1),
            head_since: AtomicU64::new(0),
            blocked_since: AtomicU64::new(0),
            behind_since: AtomicU64::new(0),
            taken: AtomicU64::new(0),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// These bytes came, the connection's first ones or later ones.
    pub(crate) fn came(&self, first: bool, bytes: &[u8]) {
        if first {
            self.http2.store(bytes.starts_with(b"PRI"), Relaxed);
        }
        if self.requests.load(Relaxed) == 0
            && self.head_since.load(Relaxed) == 0
            && !self.http2.load(Relaxed)
        {
            self.head_since.store(self.now(), Relaxed);
        }
    }

    /// A head was read.
    pub(crate) fn asked(&self) {
        self.head_since.store(0, Relaxed);
        self.requests.fetch_add(1, Relaxed);
    }

    /// A request's answer was handed over, or nobody waits for it any more.
    pub(crate) fn ended(&self) {
        if self.requests.fetch_sub(1, Relaxed) == 1 {
            self.rests_since.store(self.now(), Relaxed);
        }
    }

    /// An answer's next part is there for whoever reads it.
    pub(crate) fn offered(&self) {
        self.moved_at.store(self.now(), Relaxed);
        self.unread.fetch_add(1, Relaxed);
    }

    /// The part was taken, and there is no next one yet, or none at all.
    pub(crate) fn withdrawn(&self) {
        self.unread.fetch_sub(1, Relaxed);
    }

    /// The part was taken, and the next one may be.
    pub(crate) fn moved(&self) {
        self.moved_at.store(self.now(), Relaxed);
    }

    /// So many bytes were taken.
    pub(crate) fn took(&self, bytes: usize) {
        if self.behind_since.load(Relaxed) != 0 {
            self.blocked_since.store(0, Relaxed);
            self.taken.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Relaxed);
        }
        // What was handed over whole may still be sent, as fast as HTTP/2's client asks for it.
        if bytes >= MORE_THAN_PINGS && self.http2.load(Relaxed) {
            self.rests_since.store(self.now(), Relaxed);
        }
    }

    /// No byte is taken now.
    pub(crate) fn blocked(&self) {
        if self.blocked_since.load(Relaxed) == 0 {
            let now = self.now();
            self.blocked_since.store(now, Relaxed);
            if self.behind_since.load(Relaxed) == 0 {
                self.taken.store(0, Relaxed);
                self.behind_since.store(now, Relaxed);
            }
        }
    }

    /// Everything that there was to write has been taken.
    pub(crate) fn caught_up(&self) {
        if self.behind_since.load(Relaxed) != 0 {
            self.blocked_since.store(0, Relaxed);
            self.behind_since.store(0, Relaxed);
            self.rests_since.store(self.now(), Relaxed);
        }
    }

    /// What is to be done now. Asked by one task.
    pub(crate) fn judge(&self, patience: &Patience) -> Verdict {
        let now = self.now();
        let longer = |since: u64, limit: Duration| {
            since != 0 && u128::from(now.saturating_sub(since)) >= limit.as_millis()
        };
        let stuck = self.unread.load(Relaxed) != 0;
        if longer(self.blocked_since.load(Relaxed), patience.stall)
            || (stuck && longer(self.moved_at.load(Relaxed), patience.stall))
            || self.reads_too_slowly(now, patience)
        {
            return Verdict::TooSlow("answer");
        }
        if self.requests.load(Relaxed) != 0 {
            return Verdict::Well;
        }
        let busy = self.behind_since.load(Relaxed) != 0;
        match self.head_since.load(Relaxed) {
            0 if !busy && longer(self.rests_since.load(Relaxed), patience.idle) => Verdict::Rested,
            0 => Verdict::Well,
            since if longer(since, patience.head) => Verdict::TooSlow("head"),
            _ => Verdict::Well,
        }
    }

    /// A window of [`Patience::body`] is judged as a whole, and then begins anew.
    fn reads_too_slowly(&self, now: u64, patience: &Patience) -> bool {
        let since = self.behind_since.load(Relaxed);
        if since == 0 || u128::from(now.saturating_sub(since)) < patience.body.as_millis() {
            return false;
        }
        let taken = self.taken.swap(0, Relaxed);
        self.behind_since.store(now, Relaxed);
        taken < SLOWEST_READER.saturating_mul(patience.body.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        idle: Duration::from_millis(40),
        head: Duration::from_millis(20),
        stall: Duration::from_millis(20),
        body: Duration::from_secs(1),
    };

    fn wait(millis: u64) {
        std::thread::sleep(Duration::from_millis(millis));
    }

    #[test]
    fn what_was_handed_over_and_is_still_read_is_no_rest() {
        let pace = Pace::new();
        pace.came(true, b"GET / HTTP/1.1\r\n\r\n");
        pace.asked();
        pace.ended();
        pace.blocked();
        for _ in 0..6 {
            wait(10);
            pace.took(10_000);
            pace.blocked();
            assert_eq!(pace.judge(&PATIENCE), Verdict::Well);
        }
        pace.caught_up();
        assert_eq!(pace.judge(&PATIENCE), Verdict::Well);
        wait(50);
        assert_eq!(pace.judge(&PATIENCE), Verdict::Rested);
    }

    #[test]
    fn a_reader_who_takes_a_byte_at_a_time_is_too_slow() {
        let pace = Pace::new();
        pace.asked();
        pace.blocked();
        for _ in 0..99 {
            wait(10);
            pace.took(1);
            pace.blocked();
        }
        wait(15);
        pace.took(1);
        assert_eq!(pace.judge(&PATIENCE), Verdict::TooSlow("answer"));
    }

    #[test]
    fn an_answer_that_is_not_there_yet_keeps_nobody_waiting_for_its_reader() {
        let pace = Pace::new();
        pace.asked();
        pace.offered();
        wait(30);
        assert_eq!(pace.judge(&PATIENCE), Verdict::TooSlow("answer"));
        pace.withdrawn();
        assert_eq!(pace.judge(&PATIENCE), Verdict::Well);
    }
}
