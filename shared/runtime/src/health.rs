use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::{BoxFuture, join_all};
use serde::Serialize;
use tokio::sync::Mutex;

/// What was found is believed for this long: anybody may ask, as often as he likes.
const FRESH: Duration = Duration::from_secs(1);
/// How long one check may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(2);

/// Something that has to hold before traffic is welcome.
pub trait ReadinessCheck: Send + Sync + 'static {
    /// What is checked, in a word or two.
    fn name(&self) -> &str;

    /// A sentence for people: that it holds (`Ok`), or what is wrong.
    fn check(&self) -> BoxFuture<'_, Result<String, String>>;
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// What was checked.
    pub name: String,
    /// Whether it holds.
    pub ok: bool,
    /// A sentence for people.
    pub detail: String,
}

/// The body of `/readyz`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadinessReport {
    /// Whether every check holds.
    pub ready: bool,
    /// What each of them found.
    pub checks: Vec<CheckReport>,
}

/// All checks of a process, and whether it is draining.
#[derive(Clone, Default)]
pub struct Readiness {
    checks: Arc<Vec<Arc<dyn ReadinessCheck>>>,
    found: Arc<Mutex<Option<Found>>>,
    draining: Arc<AtomicBool>,
}

/// What the checks found, and when.
struct Found {
    at: Instant,
    checks: Vec<CheckReport>,
}

impl Readiness {
    pub(crate) fn new(checks: Vec<Arc<dyn ReadinessCheck>>) -> Self {
        Self { checks: Arc::new(checks), ..Self::default() }
    }

    /// From now on the process is not ready.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// What every check found, a second ago at the earliest. Who asks at once shares the answer.
    pub async fn report(&self) -> ReadinessReport {
        let mut checks = self.found().await;
        if self.draining.load(Ordering::Relaxed) {
            let detail = "the process is ending".to_owned();
            checks.push(CheckReport { name: "process".to_owned(), ok: false, detail });
        }
        ReadinessReport { ready: checks.iter().all(|check| check.ok), checks }
    }

    async fn found(&self) -> Vec<CheckReport> {
        let mut found = self.found.lock().await;
        if let Some(found) = found.as_ref().filter(|found| found.at.elapsed() < FRESH) {
            return found.checks.clone();
        }
        let checks = join_all(self.checks.iter().map(|check| ask(check.as_ref()))).await;
        *found = Some(Found { at: Instant::now(), checks: checks.clone() });
        checks
    }
}

async fn ask(check: &dyn ReadinessCheck) -> CheckReport {
    let found = tokio::time::timeout(PATIENCE, check.check()).await;
    let found = found.unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}")));
    let ok = found.is_ok();
    let (Ok(detail) | Err(detail)) = found;
    CheckReport { name: check.name().to_owned(), ok, detail }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use futures::FutureExt as _;

    use super::*;

    struct Counted(AtomicUsize);

    impl ReadinessCheck for Counted {
        fn name(&self) -> &str {
            "counted"
        }

        fn check(&self) -> BoxFuture<'_, Result<String, String>> {
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::task::yield_now().await;
                Ok(count.to_string())
            }
            .boxed()
        }
    }

    #[tokio::test]
    async fn who_asks_within_a_second_shares_the_answer() {
        let readiness = Readiness::new(vec![Arc::new(Counted(AtomicUsize::new(0)))]);
        let reports = join_all((0..10).map(|_| readiness.report())).await;
        assert!(reports.iter().all(|report| report.ready && report.checks[0].detail == "0"));
        readiness.drain();
        assert!(!readiness.report().await.ready, "that the process ends is said at once");
        tokio::time::sleep(FRESH).await;
        assert_eq!(readiness.report().await.checks[0].detail, "1");
    }
}
