use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::cluster::NAME;

/// Whether a server asks who is there: it answers a StartupMessage (protocol 3.0) with an
/// authentication request. One that still starts answers with an error.
pub(crate) fn asks_for_a_password(port: u16) -> bool {
    ask(port).is_ok_and(|answer| answer == b'R')
}

fn ask(port: u16) -> std::io::Result<u8> {
    let patience = Duration::from_secs(2);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut connection = TcpStream::connect_timeout(&address, patience)?;
    connection.set_read_timeout(Some(patience))?;
    let body = format!("\0\x03\0\0user\0{NAME}\0database\0{NAME}\0\0");
    let length = u32::try_from(body.len() + 4).unwrap_or_default();
    connection.write_all(&[&length.to_be_bytes(), body.as_bytes()].concat())?;
    let mut answer = [0];
    connection.read_exact(&mut answer)?;
    Ok(answer[0])
}

/// A port that nobody listens on just now.
pub(crate) fn free_port() -> std::io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}
