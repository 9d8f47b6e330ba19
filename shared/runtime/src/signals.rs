use std::{future::Future, io};

use tokio::signal::unix::{SignalKind, signal};

/// Ends at the first SIGTERM or SIGINT. They are watched from now on.
///
/// The signals that ask for something else would end a process that nobody in it listens to, as
/// SIGHUP one without a certificate: from now on they do not.
pub(crate) fn watch() -> io::Result<impl Future<Output = ()>> {
    for asks in [SignalKind::hangup(), SignalKind::user_defined1(), SignalKind::user_defined2()] {
        drop(signal(asks)?);
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
