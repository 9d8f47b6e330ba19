use std::{sync::atomic::Ordering, time::Duration};

use gw_runtime::{Config, Host};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, io::AsyncWriteExt, net::TcpStream};

use crate::{
    echo::{self, Echo},
    started::{config, start},
};

#[tokio::test]
async fn a_process_answers_under_every_mount_and_says_how_it_is() {
    let db = gw_testkit::database().await;
    let process = start(config(&db)).await;
    for path in ["/v1/echo/g", "/api/v1/echo/g", "/api/echo/g", "/echo/g"] {
        assert_eq!(process.get(path).await, (200, "g".to_owned()), "{path}");
    }
    assert_eq!(process.get("/echo/g/").await.0, 404);
    assert_eq!(process.get("/healthz").await.0, 200);
    let (status, ready) = process.get("/readyz").await;
    let ready: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!(status, 200, "{ready}");
    let check = json!({ "name": "database (echo)", "ok": true, "detail": "it answers" });
    assert_eq!(ready, json!({ "ready": true, "checks": [check] }));
    let document: Value = serde_json::from_str(&process.get("/openapi.json").await.1).unwrap();
    assert!(document["paths"]["/v1/echo/{gate}"].is_object());
}

#[tokio::test]
async fn without_a_standby_a_process_is_not_ready_unless_told() {
    let db = gw_testkit::database().await;
    let mut config = config(&db);
    config.journal.single_copy = false;
    let (status, ready) = start(config).await.get("/readyz").await;
    assert_eq!(status, 503);
    assert!(ready.contains("journal.single_copy"));
}

#[tokio::test]
async fn what_is_in_flight_is_finished_before_the_end() {
    let db = gw_testkit::database().await;
    let process = start(config(&db)).await;
    let url = format!("http://{}/v1/slow", process.address);
    let slow = tokio::spawn(async move { reqwest::get(url).await.unwrap().text().await.unwrap() });
    tokio::time::sleep(Duration::from_millis(150)).await;
    process.stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(TcpStream::connect(process.address).await.is_err());
    process.ended.await.unwrap().unwrap();
    assert!(echo::SLOW_IS_DONE.load(Ordering::Relaxed), "it ended while a request was in flight");
    assert_eq!(slow.await.unwrap(), "finished");
}

#[tokio::test]
async fn no_more_connections_are_served_at_a_time_than_configured() {
    let db = gw_testkit::database().await;
    let mut config = config(&db);
    config.http.max_connections = 1;
    let process = start(config).await;
    let first = TcpStream::connect(process.address).await.unwrap();
    let second = process.get("/healthz");
    let mut second = Box::pin(second);
    let waited = tokio::time::timeout(Duration::from_millis(300), &mut second).await;
    assert!(waited.is_err(), "the second waits");
    drop(first);
    assert_eq!(second.await.0, 200);
}

#[tokio::test]
async fn a_connection_may_rest_between_requests() {
    let db = gw_testkit::database().await;
    let process = start(config(&db)).await;
    let mut kept = TcpStream::connect(process.address).await.unwrap();
    let mut answer = [0; 1024];
    for _ in 0..3 {
        kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let read = kept.read(&mut answer).await.unwrap();
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let db = gw_testkit::database().await;
    let code = async |config: Config, names: &[String]| {
        let host = Host::new(config).service::<Echo>();
        host.run_until(names, |_| {}, std::future::ready(())).await.unwrap_err().code()
    };
    let no_name = code(config(&db), &["nobody".to_owned()]).await;
    assert_eq!(no_name, "config.no_such_service");

    let mut keyless = config(&db);
    keyless.keys.root_key = None;
    assert_eq!(code(keyless, &[]).await, "keys.root_missing");

    let mut failing = config(&db);
    failing.services.insert("echo".to_owned(), json!({ "greeting": "fail" }));
    assert_eq!(code(failing, &[]).await, "service.build");

    let mut other_key = config(&db);
    other_key.keys.root_key = Some("43".repeat(32).into());
    assert_eq!(code(other_key, &[]).await, "keys.root_mismatch");

    let mut other_host = config(&db);
    other_host.issuer_host = "other.example".to_owned();
    assert_eq!(code(other_host, &[]).await, "config.issuer_changed");
}
