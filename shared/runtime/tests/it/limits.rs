//! Whoever sends or reads too slowly, or too much, is let go; nobody else notices.

use std::time::Duration;

use gw_runtime::Config;

use crate::{
    raw::Raw,
    started::{Process, config, start},
};

const SECOND: Duration = Duration::from_secs(1);
const SOON: Duration = Duration::from_secs(4);

/// With limits of a second or two.
async fn impatient(change: impl FnOnce(&mut Config)) -> Process {
    let db = gw_testkit::database().await;
    let mut config = config(&db);
    config.http.idle_seconds = 4;
    config.http.head_seconds = 1;
    config.http.stall_seconds = 1;
    config.http.body_seconds = 2;
    change(&mut config);
    start(config).await
}

#[tokio::test]
async fn a_head_that_does_not_end_ends_the_connection() {
    let process = impatient(|_| {}).await;
    let mut silent = Raw::connect(process.address).await;
    silent.send("GET /healthz HTTP/1.1\r\nhost:").await;
    let took = silent.read_to_end().await.1;
    assert!(took >= SECOND && took < SOON, "{took:?}");

    let mut busy = Raw::connect(process.address).await;
    busy.send("GET /healthz HTTP/1.1\r\n").await;
    let took = busy.dribble(b"x-more: of this\r\n", Duration::from_millis(50)).await;
    assert!(took >= SECOND && took < SOON, "progress does not help: {took:?}");
    let cut = process.get("/metrics").await.1;
    assert!(cut.contains("gatewright_http_connections_cut_total{part=\"head\"}"), "{cut}");
}

#[tokio::test]
async fn a_connection_that_asks_nothing_is_closed_and_not_earlier() {
    let process = impatient(|_| {}).await;
    let mut nothing = Raw::connect(process.address).await;
    let mut kept = Raw::connect(process.address).await;
    kept.send("GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let mut http2 = Raw::connect(process.address).await;
    http2.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    let (nothing, kept, http2) =
        tokio::join!(nothing.read_to_end(), kept.read_to_end(), http2.read_to_end());
    for (name, (_, took)) in [("nothing", nothing), ("kept", kept), ("http2", http2)] {
        assert!(took >= 3 * SECOND && took < 8 * SECOND, "{name}: {took:?}");
    }
}

#[tokio::test]
async fn a_body_has_to_make_progress_and_to_end() {
    let process = impatient(|_| {}).await;
    let head = "POST /v1/said HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n";
    let mut silent = Raw::connect(process.address).await;
    silent.send(head).await;
    silent.send("begun").await;
    let (answer, took) = silent.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("request.timeout"), "{answer}");
    assert!(took >= SECOND && took < SOON, "{took:?}");

    let mut busy = Raw::connect(process.address).await;
    busy.send(head).await;
    let took = busy.dribble(b"x", Duration::from_millis(50)).await;
    assert!(took >= 2 * SECOND && took < SOON, "{took:?}");

    // Slow, and within the limits.
    let mut slow = Raw::connect(process.address).await;
    slow.send(
        "POST /v1/said HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 3\r\n\r\n",
    )
    .await;
    for byte in ["a", "b", "c"] {
        tokio::time::sleep(Duration::from_millis(500)).await;
        slow.send(byte).await;
    }
    let (answer, _) = slow.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("abc"), "{answer}");
}

#[tokio::test]
async fn an_answer_has_to_be_read() {
    let process = impatient(|_| {}).await;
    let mut reader = Raw::narrow(process.address).await;
    reader.send("GET /v1/much HTTP/1.1\r\nhost: a\r\n\r\n").await;
    tokio::time::sleep(4 * SECOND).await;
    let read = reader.read_to_end().await.0.len();
    assert!(read < 64 * 1024 * 1024, "it was cut off: {read}");
    let cut = process.get("/metrics").await.1;
    assert!(cut.contains("gatewright_http_connections_cut_total{part=\"answer\"}"), "{cut}");

    // Who reads everything gets everything.
    let whole = reqwest::get(process.url("/v1/much")).await.unwrap().bytes().await.unwrap();
    assert_eq!(whole.len(), 64 * 1024 * 1024);
}

#[tokio::test]
async fn heads_have_limits_of_size_and_number() {
    let process = impatient(|config| {
        config.http.max_head_bytes = 16 * 1024;
        config.http.max_headers = 20;
        config.http.max_uri_bytes = 100;
    })
    .await;
    let ask = async |target: &str, headers: &str| {
        let mut raw = Raw::connect(process.address).await;
        let head =
            format!("GET {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}\r\n");
        raw.send(head).await;
        raw.read_to_end().await.0
    };
    let (ten, many) = ("x-a: b\r\n".repeat(10), "x-a: b\r\n".repeat(30));
    assert!(ask("/healthz", &ten).await.starts_with("HTTP/1.1 200"));
    assert!(ask("/healthz", &many).await.starts_with("HTTP/1.1 431"));
    let large = format!("x-large: {}\r\n", "x".repeat(20 * 1024));
    assert!(ask("/healthz", &large).await.starts_with("HTTP/1.1 431"));
    let long = ask(&format!("/healthz?{}", "x".repeat(100)), "").await;
    assert!(long.starts_with("HTTP/1.1 414") && long.contains("request.uri_too_long"), "{long}");
}

#[tokio::test]
async fn http2_has_the_same_limits() {
    let process = impatient(|config| config.http.max_headers = 20).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let answer = client.get(process.url("/healthz")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, http::Version::HTTP_2));
    let mut many = client.get(process.url("/healthz"));
    for n in 0..30 {
        many = many.header(format!("x-{n}"), "a");
    }
    let many = many.send().await.unwrap();
    assert_eq!(many.status().as_u16(), 431);
    assert!(many.text().await.unwrap().contains("request.headers_too_large"));
    let large = client.get(process.url("/healthz")).header("x-large", "x".repeat(80 * 1024));
    let refused = large.send().await;
    assert!(refused.is_err() || refused.unwrap().status().as_u16() == 431);
}

#[tokio::test]
async fn a_body_is_no_larger_than_its_route_takes() {
    let process = impatient(|_| {}).await;
    let client = reqwest::Client::new();
    let post = async |size: usize| {
        let sent = client.post(process.url("/v1/said")).body("x".repeat(size)).send();
        sent.await.unwrap().status().as_u16()
    };
    assert_eq!(post(64 * 1024).await, 200);
    assert_eq!(post(64 * 1024 + 1).await, 413);
}

#[tokio::test]
async fn limits_that_serve_nobody_are_refused() {
    let code = |change: fn(&mut Config)| {
        let mut config = Config::default();
        change(&mut config);
        gw_runtime::Host::new(config).check_config().unwrap_err().to_string()
    };
    assert!(code(|it| it.http.max_head_bytes = 100).contains("http.max_head_bytes"));
    assert!(code(|it| it.http.request_seconds = 5).contains("http.request_seconds"));
    assert!(code(|it| it.http.max_in_flight = 0).contains("http.max_in_flight"));
}

/// One frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [&head, payload].concat()
}

/// A stream's beginning and end: GET of this path.
fn get(stream: u32, path: &str) -> Vec<u8> {
    let length = u8::try_from(path.len()).unwrap();
    let head = [&[0x82, 0x86, 0x01, 1, b'a', 0x04, length], path.as_bytes()].concat();
    frame(1, 0b101, stream, &head)
}

/// What a connection begins with, and how much of each stream its client is ready to take.
fn preface(window: u32) -> Vec<u8> {
    let settings = [&[0, 4], window.to_be_bytes().as_slice()].concat();
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(4, 0, 0, &settings)].concat()
}

#[tokio::test]
async fn an_answer_that_http2_lets_nobody_send_ends_the_connection() {
    let process = impatient(|_| {}).await;
    let mut shut = Raw::connect(process.address).await;
    shut.send([preface(0), get(1, "/v1/slow")].concat()).await;
    let took = shut.read_to_end().await.1;
    assert!(took >= SECOND && took < SOON, "{took:?}");
}

#[tokio::test]
async fn who_opens_streams_only_to_reset_them_is_let_go() {
    let process = impatient(|_| {}).await;
    let mut flood = Raw::connect(process.address).await;
    let cancel = 8u32.to_be_bytes();
    let streams = (0..500).map(|n| 2 * n + 1);
    let resets = streams.flat_map(|it| [get(it, "/v1/never"), frame(3, 0, it, &cancel)].concat());
    let all: Vec<u8> = preface(65_535).into_iter().chain(resets).collect();
    flood.send(all).await;
    let (_, took) = flood.read_to_end().await;
    assert!(took < SECOND, "{took:?}");
    assert_eq!(process.get("/healthz").await.0, 200);
}
