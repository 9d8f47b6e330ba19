//! What stands in front of replicas: each request goes to the next one, and to the one after it
//! where nobody listens. One whose process dies while it is served is not sent again: it may have
//! been done.

use std::sync::{
    Arc, RwLock,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// The replicas' addresses, and whose turn it is.
pub(super) struct RoundRobin {
    url: String,
    addresses: Arc<RwLock<Vec<String>>>,
    /// How many requests each replica was handed.
    served: Arc<Vec<AtomicUsize>>,
}

impl RoundRobin {
    /// Listens for as long as the test lasts.
    pub(super) async fn over(urls: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let addresses = Arc::new(RwLock::new(urls.iter().map(|url| address(url)).collect()));
        let served: Arc<Vec<AtomicUsize>> = Arc::new(urls.iter().map(|_| 0.into()).collect());
        let (known, counts) = (Arc::clone(&addresses), Arc::clone(&served));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (known, counts) = (Arc::clone(&known), Arc::clone(&counts));
                tokio::spawn(async move { serve(client, &known, &counts).await });
            }
        });
        Self { url, addresses, served }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// A replica has come back, elsewhere.
    pub(super) fn moved(&self, replica: usize, url: &str) {
        self.addresses.write().unwrap()[replica] = address(url);
    }

    /// How many requests this replica was handed.
    pub(super) fn served(&self, replica: usize) -> usize {
        self.served[replica].load(Ordering::Relaxed)
    }
}

fn address(url: &str) -> String {
    url.trim_start_matches("http://").to_owned()
}

/// Serves a client's requests one after the other; hangs up where a replica did.
async fn serve(client: TcpStream, known: &RwLock<Vec<String>>, served: &[AtomicUsize]) {
    let mut client = BufReader::new(client);
    while let Some(request) = message(&mut client, "connection: close\r\n").await {
        let Some(answer) = forward(&request, known, served).await else { return };
        if client.get_mut().write_all(&answer).await.is_err() {
            return;
        }
    }
}

async fn forward(
    request: &[u8],
    known: &RwLock<Vec<String>>,
    served: &[AtomicUsize],
) -> Option<Vec<u8>> {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let addresses = known.read().unwrap().clone();
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    for n in 0..addresses.len() {
        let replica = (turn + n) % addresses.len();
        let Ok(mut server) = TcpStream::connect(&addresses[replica]).await else { continue };
        served[replica].fetch_add(1, Ordering::Relaxed);
        server.write_all(request).await.ok()?;
        return message(&mut BufReader::new(server), "").await;
    }
    None
}

/// Reads one HTTP/1.1 message with a length, and puts this header into it; none when there is no
/// whole one. What it says of connections is between its neighbours alone.
async fn message<S: tokio::io::AsyncRead + Unpin>(
    stream: &mut BufReader<S>,
    header: &str,
) -> Option<Vec<u8>> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            head += header;
            head += &line;
            break;
        }
        if !lower.starts_with("connection:") {
            head += &line;
        }
    }
    let mut whole = head.into_bytes();
    let body = whole.len();
    whole.resize(body + length, 0);
    stream.read_exact(&mut whole[body..]).await.ok()?;
    Some(whole)
}
