//! A network between the journal and its database that can swallow what the database says.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sqlx::postgres::PgConnectOptions;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// Leads these options through a proxy. While the flag is set, answers are swallowed, and a
/// connection that lost one hears nothing more.
pub(crate) fn through_a_proxy(options: &mut PgConnectOptions) -> Arc<AtomicBool> {
    let server = (options.get_host().to_owned(), options.get_port());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    *options = options.clone().host("127.0.0.1").port(port);
    let silent = Arc::new(AtomicBool::new(false));
    let listener = TcpListener::from_std(listener).unwrap();
    tokio::spawn(accept(listener, server, Arc::clone(&silent)));
    silent
}

async fn accept(listener: TcpListener, server: (String, u16), silent: Arc<AtomicBool>) {
    while let Ok((client, _)) = listener.accept().await {
        let server = TcpStream::connect(server.clone()).await.unwrap();
        let ((mut asks, hears), (answers, mut server)) = (client.into_split(), server.into_split());
        tokio::spawn(answer(answers, hears, Arc::clone(&silent)));
        tokio::spawn(async move { copy(&mut asks, &mut server).await });
    }
}

async fn answer(mut answers: OwnedReadHalf, mut hears: OwnedWriteHalf, silent: Arc<AtomicBool>) {
    let (mut buffer, mut mute) = ([0; 8192], false);
    while let Ok(length @ 1..) = answers.read(&mut buffer).await {
        mute |= silent.load(Ordering::Relaxed);
        if !mute && hears.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
