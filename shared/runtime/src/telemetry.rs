//! Log lines, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt};

use crate::{LogConfig, LogFormat, RuntimeError};

/// Starts the log of this process. A second call changes nothing.
///
/// # Errors
/// When the filter cannot be read.
pub fn init(config: &LogConfig) -> Result<(), RuntimeError> {
    let filter = EnvFilter::try_new(&config.filter);
    let filter = filter.map_err(|error| RuntimeError::Config(format!("log.filter: {error}")))?;
    let lines = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start, as in tests, finds the first one's subscriber in place and leaves it.
    let _ = match config.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).try_init(),
    };
    Ok(())
}
