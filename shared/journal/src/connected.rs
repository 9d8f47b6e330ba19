//! Connections that come back.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    connection::{Connection, Link},
    drive::Driving,
    target::Target,
};

/// Between a connection that failed and the next one.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A connection that is counted while it is up.
pub(crate) struct Counted<'a> {
    connection: Connection,
    up: &'a AtomicUsize,
}

impl Counted<'_> {
    /// As [`Connection::parts`].
    pub(crate) fn parts(&mut self) -> (&Link, &mut Driving) {
        self.connection.parts()
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.up.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Connects, again and again, with longer pauses up to a second. None at shutdown.
pub(crate) async fn connected<'a>(
    target: &Target,
    up: &'a AtomicUsize,
    shutdown: &CancellationToken,
) -> Option<Counted<'a>> {
    let mut pause = FIRST_PAUSE;
    loop {
        match target.connect().await {
            Ok(connection) => {
                up.fetch_add(1, Ordering::Relaxed);
                return Some(Counted { connection, up });
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the journal has no connection"
            ),
        }
        tokio::select! {
            () = shutdown.cancelled() => return None,
            () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}
