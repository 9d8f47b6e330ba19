//! What one process reads from Postgres to load tenants, counted on the way.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// What a connection says first that loads a tenant, and no other says: a simple query.
const LOAD: &[u8] = b"begin isolation level repeatable read read only\0";

/// Stands before Postgres for as long as the benchmark runs.
pub(super) struct Proxy {
    url: String,
    read: Arc<Counter>,
}

/// What was read on connections that load tenants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) bytes: u64,
    pub(super) rows: u64,
}

impl std::ops::Sub for Read {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { bytes: self.bytes - before.bytes, rows: self.rows - before.rows }
    }
}

#[derive(Debug, Default)]
struct Counter {
    bytes: AtomicU64,
    rows: AtomicU64,
}

impl Proxy {
    pub(super) async fn before(database_url: &str) -> anyhow::Result<Self> {
        let (login, rest) = database_url.rsplit_once('@').context("a database URL")?;
        let (server, database) = rest.split_once('/').context("a database URL")?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("{login}@{}/{database}", listener.local_addr()?);
        let read = Arc::<Counter>::default();
        tokio::spawn(accept(listener, server.to_owned(), Arc::clone(&read)));
        Ok(Self { url, read })
    }

    /// The database, by way of here.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What was read so far.
    pub(super) fn read(&self) -> Read {
        Read {
            bytes: self.read.bytes.load(Ordering::Acquire),
            rows: self.read.rows.load(Ordering::Acquire),
        }
    }
}

async fn accept(listener: TcpListener, server: String, read: Arc<Counter>) {
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = TcpStream::connect(&server).await else { continue };
        // Delays of the network would be measured as the product's.
        drop((client.set_nodelay(true), server.set_nodelay(true)));
        let ((asks, hears), (answers, told)) = (client.into_split(), server.into_split());
        let loads = Arc::new(AtomicU64::new(0));
        let (counts, read) = (Arc::clone(&loads), Arc::clone(&read));
        tokio::spawn(async move {
            tokio::select! {
                () = ask(asks, told, &loads) => {}
                () = answer(answers, hears, &counts, &read) => {}
            }
        });
    }
}

async fn ask(mut asks: OwnedReadHalf, mut told: OwnedWriteHalf, loads: &AtomicU64) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = asks.read(&mut buffer).await {
        if buffer[..length].ends_with(LOAD) {
            loads.store(1, Ordering::Release);
        }
        if told.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

async fn answer(
    mut answers: OwnedReadHalf,
    mut hears: OwnedWriteHalf,
    loads: &AtomicU64,
    read: &Counter,
) {
    let mut buffer = vec![0; 1 << 16];
    let mut messages = Messages::default();
    while let Ok(length @ 1..) = answers.read(&mut buffer).await {
        // Before the first load there is nothing under way: its answer begins with a message.
        if loads.load(Ordering::Acquire) == 1 {
            let rows = messages.rows(&buffer[..length]);
            read.rows.fetch_add(rows, Ordering::AcqRel);
            read.bytes.fetch_add(length as u64, Ordering::AcqRel);
        }
        if hears.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// Follows Postgres' messages: a letter, a length that counts itself, and so many bytes more.
#[derive(Default)]
struct Messages {
    header: Vec<u8>,
    left: usize,
}

impl Messages {
    /// How many rows begin in these bytes.
    fn rows(&mut self, mut bytes: &[u8]) -> u64 {
        let mut rows = 0;
        while !bytes.is_empty() {
            if self.left > 0 {
                let skipped = self.left.min(bytes.len());
                self.left -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            self.header.push(bytes[0]);
            bytes = &bytes[1..];
            if let [kind, length @ ..] = &self.header[..]
                && let Ok(length) = <[u8; 4]>::try_from(length)
            {
                rows += u64::from(*kind == b'D');
                self.left = (u32::from_be_bytes(length) as usize).saturating_sub(4);
                self.header.clear();
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::Messages;

    #[test]
    fn rows_are_counted_wherever_they_are_cut() {
        let stream = [b"D\0\0\0\x06xx".as_slice(), b"Z\0\0\0\x05D", b"D\0\0\0\x04"].concat();
        for cut in 0..=stream.len() {
            let mut messages = Messages::default();
            let rows = messages.rows(&stream[..cut]) + messages.rows(&stream[cut..]);
            assert_eq!(rows, 2, "cut at {cut}");
        }
    }
}
