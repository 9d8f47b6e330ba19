use std::{sync::Arc, time::Duration};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Pair, Tls, pair::Text};

/// How often the files are read: whoever renews a certificate waits no longer.
const BETWEEN: Duration = Duration::from_secs(5);

/// Takes another pair when there is one, until the process ends.
pub(super) async fn keep(tls: Tls, shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let mut refused: Option<String> = None;
    loop {
        let asked = tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            _ = hangup.recv() => true,
            () = tokio::time::sleep(BETWEEN) => false,
        };
        let looking = tls.clone();
        match tokio::task::spawn_blocking(move || looking.renew()).await? {
            Ok(Some(seconds)) => {
                refused = None;
                tracing::info!(seconds, "another certificate is in use; so long is it good");
            }
            Ok(None) if asked => tracing::info!("the certificate's files have not changed"),
            Ok(None) => refused = None,
            // Said once, and again when somebody asks.
            Err(error) if asked || refused.as_ref() != Some(&error) => {
                tracing::error!(error, "the new certificate cannot be used: the old one stays");
                refused = Some(error);
            }
            Err(_) => {}
        }
    }
}

impl Tls {
    /// Takes what stands in the files now, where it is another pair and of use; for how many
    /// seconds it is good.
    fn renew(&self) -> Result<Option<i64>, String> {
        let text = Text::read(&self.files)?;
        if text == self.current.load().text {
            return Ok(None);
        }
        let pair = Pair::of(text)?;
        let left = pair.seconds_left(&*self.clock);
        if left <= 0 {
            return Err("it has expired".to_owned());
        }
        self.current.store(Arc::new(pair));
        Ok(Some(left))
    }
}
