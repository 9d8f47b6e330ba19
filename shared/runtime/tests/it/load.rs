//! More than can be done is refused at once, and what was begun is finished.

use std::time::{Duration, Instant};

use crate::{
    raw::Raw,
    started::{config, start},
};

#[tokio::test]
async fn what_is_too_much_is_refused_at_once_and_what_was_begun_is_finished() {
    let db = gw_testkit::database().await;
    let mut config = config(&db);
    config.http.max_in_flight = 4;
    let process = start(config).await;
    let admitted: Vec<_> = (0..4)
        .map(|_| {
            let url = process.url("/v1/slow");
            tokio::spawn(async move { reqwest::get(url).await.unwrap().text().await.unwrap() })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(150)).await;

    let mut times = Vec::new();
    for _ in 0..8 {
        let mut raw = Raw::connect(process.address).await;
        let began = Instant::now();
        // The body never comes: nobody waits for it.
        raw.send("POST /v1/said HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n").await;
        let (answer, _) = raw.read_to_end().await;
        times.push(began.elapsed());
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(answer.contains("server.overloaded") && answer.contains("retry-after: 1"));
    }
    times.sort();
    assert!(times[4] < Duration::from_millis(50), "{times:?}");
    for probe in ["/healthz", "/metrics", "/readyz"] {
        assert_eq!(process.get(probe).await.0, 200, "{probe}");
    }
    for answer in admitted {
        assert_eq!(answer.await.unwrap(), "finished");
    }
    assert_eq!(process.get("/v1/slow").await.0, 200, "there is room again");
}

#[tokio::test]
async fn a_request_is_given_up_at_its_deadline() {
    let db = gw_testkit::database().await;
    let mut config = config(&db);
    config.http.request_seconds = 6;
    let process = start(config).await;
    let began = Instant::now();
    let (status, body) = process.get("/v1/never").await;
    assert_eq!(status, 503);
    assert!(body.contains("server.deadline"), "{body}");
    assert!(began.elapsed() >= Duration::from_secs(6) && began.elapsed() < Duration::from_secs(9));
}
