//! A network between one process and Postgres that is cut around COMMIT.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, sink},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// What a lane's commit looks like on its way: a simple query, text and NUL.
const COMMIT: &[u8] = b"commit\0";

/// What was cut, and how often more may be.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    wanted: AtomicUsize,
    made: AtomicUsize,
}

impl Cuts {
    /// Has the next commit cut.
    pub(super) fn one_more(&self) {
        self.wanted.fetch_add(1, Ordering::Relaxed);
    }

    /// How many connections were cut.
    pub(super) fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    /// The number of the cut that is due, if one is.
    fn due(&self) -> Option<usize> {
        let fewer = |wanted: usize| wanted.checked_sub(1);
        self.wanted.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).ok()?;
        Some(self.made.fetch_add(1, Ordering::Relaxed))
    }
}

/// The URL of the same database by way of a network that is cut on demand: by turns before the
/// commit is sent, and after it was.
pub(super) async fn through_a_cutter(url: &str) -> (String, Arc<Cuts>) {
    let (credentials, rest) = url.rsplit_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cuts = Arc::new(Cuts::default());
    tokio::spawn(accept(listener, server.to_owned(), Arc::clone(&cuts)));
    (format!("{credentials}@{address}/{database}"), cuts)
}

async fn accept(listener: TcpListener, server: String, cuts: Arc<Cuts>) {
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = TcpStream::connect(&server).await else { continue };
        let ((asks, mut hears), (mut answers, server)) = (client.into_split(), server.into_split());
        let cuts = Arc::clone(&cuts);
        tokio::spawn(async move {
            // Whichever way ends first takes the other with it.
            let answers_are_lost = tokio::select! {
                lost = ask(asks, server, &cuts) => lost,
                _ = copy(&mut answers, &mut hears) => false,
            };
            drop(hears);
            if answers_are_lost {
                // To Postgres it looks as if they were on their way.
                drop(copy(&mut answers, &mut sink()).await);
            }
        });
    }
}

/// Passes on what is asked until it is cut. Whether everything arrived, the commit too, and only
/// its answers are to be lost.
async fn ask(mut asks: OwnedReadHalf, mut server: OwnedWriteHalf, cuts: &Cuts) -> bool {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = asks.read(&mut buffer).await {
        let sent = &buffer[..length];
        if sent.ends_with(COMMIT)
            && let Some(cut) = cuts.due()
        {
            return cut % 2 == 1 && server.write_all(sent).await.is_ok();
        }
        if server.write_all(sent).await.is_err() {
            break;
        }
    }
    false
}
