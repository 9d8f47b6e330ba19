use std::{future::Future, io};

use tokio::signal::unix::{SignalKind, signal};

/// Ends at the first SIGTERM or SIGINT. They are watched from now on.
pub(crate) fn watch() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
