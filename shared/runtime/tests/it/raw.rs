//! A client that is in charge of every byte.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{Instant, timeout},
};

/// No test waits for longer.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// With a receive buffer that holds next to nothing.
    pub(crate) async fn narrow(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self(socket.connect(address).await.unwrap())
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Everything until the server closes, and how long that took.
    pub(crate) async fn read_to_end(&mut self) -> (String, Duration) {
        let began = Instant::now();
        let mut answer = Vec::new();
        let reading = timeout(PATIENCE, self.0.read_to_end(&mut answer));
        // A reset is an end, too.
        drop(reading.await.unwrap());
        (String::from_utf8_lossy(&answer).into_owned(), began.elapsed())
    }

    /// Sends one byte of these at a time until the server has had enough.
    pub(crate) async fn dribble(&mut self, bytes: &[u8], pause: Duration) -> Duration {
        let began = Instant::now();
        for byte in bytes.iter().cycle() {
            assert!(began.elapsed() < PATIENCE, "the server waits without end");
            if self.0.write_all(&[*byte]).await.is_err() {
                break;
            }
            let mut answer = [0; 1024];
            if let Ok(Ok(0) | Err(_)) = timeout(pause, self.0.read(&mut answer)).await {
                break;
            }
        }
        began.elapsed()
    }
}
