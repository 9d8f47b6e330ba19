//! What moves a connection's bytes, and hears the server's warnings.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Fuse, poll_fn},
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{
    AsyncMessage, Connection,
    error::{DbError, Severity},
};
use tokio_util::sync::DropGuard;

/// A connection's bytes, as they move.
pub(crate) type Driving = Fuse<BoxFuture<'static, ()>>;

/// Works over a connection and moves its bytes, both in this task: what the work sends is written
/// in the same turn, and what is answered to it wakes no other task, perhaps on another core.
pub(crate) async fn alongside<T>(driving: &mut Driving, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|cx| {
        // Whether the connection has ended, the work hears from `Link::ended`.
        let _ = driving.poll_unpin(cx);
        let worked = work.as_mut().poll(cx);
        if worked.is_pending() {
            let _ = driving.poll_unpin(cx);
        }
        worked
    })
    .await
}

/// Moves bytes until the connection ends, and notes every warning before the answer it precedes.
pub(crate) async fn drive<S, T>(
    mut connection: Connection<S, T>,
    warned: Arc<AtomicBool>,
    _ended: DropGuard,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
        match message {
            Ok(AsyncMessage::Notice(notice)) if warns(&notice) => {
                tracing::warn!(warning = %notice, "the database warned the journal");
                warned.store(true, Ordering::Release);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::info!(
                    error = &error as &dyn std::error::Error,
                    "a connection of the journal ended"
                );
                return;
            }
        }
    }
}

/// Whether it is more than a remark, in whatever language the server speaks. One whose severity
/// nobody can read warns too.
fn warns(notice: &DbError) -> bool {
    !matches!(
        notice.parsed_severity(),
        Some(Severity::Notice | Severity::Debug | Severity::Info | Severity::Log)
    )
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio_postgres::{Config, NoTls};
    use tokio_util::sync::CancellationToken;

    use super::*;

    /// A message of the protocol's.
    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[tag], length.to_be_bytes().as_slice(), body].concat()
    }

    /// Whether a notice with these two severities, as displayed and as meant, is a warning.
    async fn warned(displayed: &str, meant: &str) -> bool {
        let (near, mut server) = tokio::io::duplex(4096);
        let notice = format!("S{displayed}\0V{meant}\0C01000\0MHallo\0\0");
        let greeting = [message(b'R', &[0; 4]), message(b'Z', b"I")].concat();
        server.write_all(&greeting).await.unwrap();
        let mut config = Config::new();
        let connecting = config.user("x").connect_raw(near, NoTls);
        let (_client, connection) = connecting.await.unwrap();
        server.write_all(&message(b'N', notice.as_bytes())).await.unwrap();
        drop(server);
        let heard = Arc::new(AtomicBool::new(false));
        drive(connection, Arc::clone(&heard), CancellationToken::new().drop_guard()).await;
        heard.load(Ordering::Acquire)
    }

    #[tokio::test]
    async fn a_warning_is_one_in_every_language() {
        assert!(warned("WARNING", "WARNING").await);
        assert!(warned("WARNUNG", "WARNING").await);
        assert!(warned("ATTENTION", "WARNING").await);
        assert!(!warned("HINWEIS", "NOTICE").await);
        assert!(!warned("INFO", "INFO").await);
    }
}
