//! A running process says more when it is told to, and stops by itself.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::{cli::gatewright, server::Server};

/// Whether a request of `/healthz` leaves a line now, as it does at `debug` alone.
async fn says_all(server: &Server) -> bool {
    let before = server.log().len();
    server.get_text("/healthz").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.log()[before..].contains("route=\"/healthz\"")
}

async fn becomes(server: &Server, wanted: bool) {
    let began = Instant::now();
    while says_all(server).await != wanted {
        assert!(began.elapsed() < Duration::from_secs(10), "{}", server.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_says_more_until_it_is_told_otherwise_or_time_is_up() {
    let database = gw_testkit::database().await;
    let first = Server::start(database.url()).await;
    let server = first.beside(&[("GATEWRIGHT__LOG__FINER_SECONDS", "3")]).await;
    assert!(!says_all(&server).await);
    server.signal(Signal::SIGHUP);
    assert!(!says_all(&server).await, "it has no certificate, and goes on");
    server.signal(Signal::SIGUSR2);
    becomes(&server, true).await;
    server.signal(Signal::SIGUSR1);
    becomes(&server, false).await;
    server.signal(Signal::SIGUSR2);
    becomes(&server, true).await;
    becomes(&server, false).await;
    assert!(!server.log().contains(&server.ready.api_key));
}

#[test]
fn a_filter_that_cannot_be_read_is_refused_at_the_start() {
    for key in ["FILTER", "FINER_FILTER"] {
        let mut serve = gatewright();
        serve.arg("serve").env(format!("GATEWRIGHT__LOG__{key}"), "info,[");
        let run = serve.output().unwrap();
        assert_ne!(run.status.code(), Some(0));
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(said.contains(&format!("log.{}", key.to_lowercase())), "{said}");
    }
}
