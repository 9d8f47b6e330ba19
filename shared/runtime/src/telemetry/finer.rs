use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::{
    signal::unix::{SignalKind, signal},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{
    Metadata, Subscriber,
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_subscriber::{
    EnvFilter,
    layer::{Context, Filter},
};

/// Whether this process says more than usual just now.
static FINER: AtomicBool = AtomicBool::new(false);

/// Two filters, of which one counts. Which one is remembered for every place that says something,
/// so that silence costs nothing and takes no lock.
pub(super) struct Switch {
    usual: EnvFilter,
    finer: EnvFilter,
}

impl Switch {
    pub(super) const fn new(usual: EnvFilter, finer: EnvFilter) -> Self {
        Self { usual, finer }
    }

    fn now(&self) -> &EnvFilter {
        if FINER.load(Ordering::Relaxed) { &self.finer } else { &self.usual }
    }

    fn both(&self) -> [&EnvFilter; 2] {
        [&self.usual, &self.finer]
    }
}

/// A filter may follow spans: both are told of all.
impl<S: Subscriber> Filter<S> for Switch {
    fn enabled(&self, metadata: &Metadata<'_>, cx: &Context<'_, S>) -> bool {
        Filter::<S>::enabled(self.now(), metadata, cx)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        let usual = Filter::<S>::callsite_enabled(&self.usual, metadata);
        let finer = Filter::<S>::callsite_enabled(&self.finer, metadata);
        if FINER.load(Ordering::Relaxed) { finer } else { usual }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Filter::<S>::max_level_hint(self.now())
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        for it in self.both() {
            Filter::<S>::on_new_span(it, attributes, id, cx.clone());
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        for it in self.both() {
            Filter::<S>::on_record(it, id, values, cx.clone());
        }
    }

    fn on_enter(&self, id: &Id, cx: Context<'_, S>) {
        for it in self.both() {
            Filter::<S>::on_enter(it, id, cx.clone());
        }
    }

    fn on_exit(&self, id: &Id, cx: Context<'_, S>) {
        for it in self.both() {
            Filter::<S>::on_exit(it, id, cx.clone());
        }
    }

    fn on_close(&self, id: Id, cx: Context<'_, S>) {
        for it in self.both() {
            Filter::<S>::on_close(it, id.clone(), cx.clone());
        }
    }
}

fn set(finer: bool) {
    FINER.store(finer, Ordering::Relaxed);
    tracing::callsite::rebuild_interest_cache();
}

/// Says more at SIGUSR2, for so long, and as usual at SIGUSR1.
pub(super) async fn listen(lasts: Duration, shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut more = signal(SignalKind::user_defined2())?;
    let mut usual = signal(SignalKind::user_defined1())?;
    let mut until: Option<Instant> = None;
    loop {
        let over = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            _ = more.recv() => {
                set(true);
                until = Some(Instant::now() + lasts);
                tracing::warn!(seconds = lasts.as_secs(), "log.finer_filter counts for so long");
                continue;
            }
            _ = usual.recv() => {}
            () = over => {}
        }
        if until.take().is_some() {
            set(false);
            tracing::warn!("log.filter counts again");
        }
    }
}
