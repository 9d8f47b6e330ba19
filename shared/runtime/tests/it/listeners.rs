//! A listener for administration, and whose address a request comes from.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::Value;

use crate::started::{config, start};

/// A port that nobody listens on just now.
fn free() -> SocketAddr {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

async fn ask(address: SocketAddr, path: &str) -> (u16, Value) {
    let answer = reqwest::get(format!("http://{address}{path}")).await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

#[tokio::test]
async fn with_a_listener_of_its_own_administration_is_nowhere_else() {
    let db = gw_testkit::database().await;
    let mut config = config(&db);
    let admin = free();
    config.listen.admin = Some(admin);
    let process = start(config).await;
    let paths = ["/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/admin/echo"];
    let (_, unknown) = ask(process.address, "/v1/admin/nothing").await;
    for path in paths {
        assert_eq!(ask(admin, path).await.0, 200, "{path}");
        let (status, mut hidden) = ask(process.address, path).await;
        assert_eq!((status, &hidden["code"]), (404, &unknown["code"]), "{path}");
        hidden["request_id"] = unknown["request_id"].clone();
        assert_eq!(hidden["detail"], unknown["detail"], "{path}");
    }
    let post = reqwest::Client::new().post(process.url("/v1/admin/echo")).send().await.unwrap();
    assert_eq!(post.status().as_u16(), 404, "not even that there is another method");
    assert_eq!(process.get("/v1/echo/g").await, (200, "g".to_owned()));
    assert_eq!(ask(admin, "/v1/slow").await.0, 200, "everything is answered here");
    process.stop.send(()).unwrap();
    process.ended.await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(admin).await.is_err());
}

#[tokio::test]
async fn by_default_one_listener_answers_everything() {
    let db = gw_testkit::database().await;
    let process = start(config(&db)).await;
    for path in ["/healthz", "/metrics", "/openapi.json", "/v1/admin/echo"] {
        assert_eq!(process.get(path).await.0, 200, "{path}");
    }
}

#[tokio::test]
async fn an_address_is_believed_from_proxies_that_are_configured_alone() {
    let db = gw_testkit::database().await;
    let told = async |trusted: &[&str]| {
        let mut config = config(&db);
        config.http.trusted_proxies = trusted.iter().map(|net| net.parse().unwrap()).collect();
        let process = start(config).await;
        let request = reqwest::Client::new().get(process.url("/v1/whence"));
        let request = request.header("x-forwarded-for", "1.1.1.1, 203.0.113.7");
        request.send().await.unwrap().text().await.unwrap()
    };
    assert_eq!(told(&[]).await, "127.0.0.1");
    assert_eq!(told(&["10.0.0.0/8"]).await, "127.0.0.1");
    assert_eq!(told(&["127.0.0.0/8"]).await, "203.0.113.7");
}
