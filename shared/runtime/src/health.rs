use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::{BoxFuture, join_all};
use serde::Serialize;

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
    draining: Arc<AtomicBool>,
}

impl Readiness {
    pub(crate) fn new(checks: Vec<Arc<dyn ReadinessCheck>>) -> Self {
        Self { checks: Arc::new(checks), draining: Arc::default() }
    }

    /// From now on the process is not ready.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Asks every check, all at once.
    pub async fn report(&self) -> ReadinessReport {
        let mut checks = join_all(self.checks.iter().map(|check| ask(check.as_ref()))).await;
        if self.draining.load(Ordering::Relaxed) {
            let detail = "the process is ending".to_owned();
            checks.push(CheckReport { name: "process".to_owned(), ok: false, detail });
        }
        ReadinessReport { ready: checks.iter().all(|check| check.ok), checks }
    }
}

async fn ask(check: &dyn ReadinessCheck) -> CheckReport {
    let found = tokio::time::timeout(PATIENCE, check.check()).await;
    let found = found.unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}")));
    let ok = found.is_ok();
    let (Ok(detail) | Err(detail)) = found;
    CheckReport { name: check.name().to_owned(), ok, detail }
}
