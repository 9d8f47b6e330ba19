//! What a process says about itself while it runs: log lines, on standard error.
//!
//! `log.filter` says how much. SIGUSR2 has a running process say more, `log.finer_filter`, for
//! `log.finer_seconds`; SIGUSR1 ends that at once. Nobody needs a key for it: whoever may signal the
//! process may do anything with it.

mod finer;

use std::{io::IsTerminal, time::Duration};

use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::{LogConfig, LogFormat, RuntimeError, Worker};
use finer::Switch;

/// Starts the log of this process. A second call changes nothing.
///
/// # Errors
/// When a filter cannot be read.
pub fn init(config: &LogConfig) -> Result<(), RuntimeError> {
    let switch = Switch::new(
        filter("filter", &config.filter)?,
        filter("finer_filter", &config.finer_filter)?,
    );
    let lines =
        fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    match config.format {
        LogFormat::Text => start(lines.with_filter(switch)),
        LogFormat::Json => {
            start(lines.json().flatten_event(true).with_span_list(false).with_filter(switch));
        }
    }
    Ok(())
}

/// A second start, as in tests, finds the first one's subscriber in place and leaves it.
fn start<L>(lines: L)
where
    L: Layer<Registry> + Send + Sync,
{
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

fn filter(key: &str, text: &str) -> Result<EnvFilter, RuntimeError> {
    let filter = EnvFilter::try_new(text);
    filter.map_err(|error| RuntimeError::Config(format!("log.{key}: {error}")))
}

/// Listens to SIGUSR2 and SIGUSR1.
pub(crate) fn worker(config: &LogConfig) -> Worker {
    let lasts = Duration::from_secs(config.finer_seconds);
    Worker::new("log level", move |shutdown| finer::listen(lasts, shutdown))
}
