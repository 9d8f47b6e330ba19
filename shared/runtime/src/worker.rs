use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a worker that failed rests before it is started again.
const REST: Duration = Duration::from_secs(1);

type Start = Box<dyn Fn(CancellationToken) -> BoxFuture<'static, anyhow::Result<()>> + Send + Sync>;

/// Something that runs beside the routes until the process ends.
///
/// It ends by itself when its token is cancelled. One that fails or panics is started again.
pub struct Worker {
    name: &'static str,
    start: Start,
}

impl Worker {
    /// A worker, from what starts it.
    pub fn new<F, Fut>(name: &'static str, start: F) -> Self
    where
        F: Fn(CancellationToken) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        Self { name, start: Box::new(move |token| start(token).boxed()) }
    }

    /// Runs it until the token is cancelled and it has ended.
    pub fn spawn(self, shutdown: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(async move {
            while !shutdown.is_cancelled() {
                let run = AssertUnwindSafe((self.start)(shutdown.clone())).catch_unwind().await;
                match run {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => {
                        tracing::error!(worker = self.name, %error, "a worker failed")
                    }
                    Err(_) => tracing::error!(worker = self.name, "a worker panicked"),
                }
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = tokio::time::sleep(REST) => {}
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;

    #[tokio::test]
    async fn a_worker_that_fails_or_panics_is_started_again() {
        let starts = Arc::new(AtomicU32::new(0));
        let (counted, shutdown) = (starts.clone(), CancellationToken::new());
        let worker = Worker::new("stumbles", move |shutdown: CancellationToken| {
            let start = counted.fetch_add(1, Ordering::Relaxed);
            async move {
                anyhow::ensure!(start != 0, "the first time it fails");
                assert_ne!(start, 1, "the second time it panics");
                shutdown.cancelled().await;
                Ok(())
            }
        });
        let running = worker.spawn(shutdown.clone());
        while starts.load(Ordering::Relaxed) < 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        shutdown.cancel();
        running.await.unwrap();
    }
}
