use axum::{Router, body::Body, extract::Request, routing::post};
use gw_kernel::Text;
use gw_web::{Json, LenientJson};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::client::Client;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    name: Option<Text<1, 8>>,
    #[serde(default)]
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    count: u32,
}

fn client() -> Client {
    let router = Router::new()
        .route("/v1/orders", post(async |Json(order): Json<Order>| Json(order)))
        .route("/v1/lenient", post(async |LenientJson(order): LenientJson<Order>| Json(order)));
    Client::new(router)
}

async fn code(body: impl Into<Body>) -> String {
    let answered = client().post("/v1/orders", body).await;
    assert_eq!(answered.status, StatusCode::BAD_REQUEST, "{}", answered.body);
    answered.code().to_owned()
}

#[tokio::test]
async fn what_is_not_one_json_value_is_refused() {
    assert_eq!(code("{").await, "request.malformed");
    assert_eq!(code("{} {}").await, "request.malformed");
    assert_eq!(code("\u{feff}{}").await, "request.malformed");
    assert_eq!(code(&b"{\"name\":\"\xff\"}"[..]).await, "request.malformed");
    assert_eq!(code(r#"{"name":"a","name":"b"}"#).await, "request.duplicate_member");
    assert_eq!(code(r#"{"lines":[{"count":1,"count":1}]}"#).await, "request.duplicate_member");
    assert_eq!(code(r#"{"name":"a\u0000"}"#).await, "request.nul");
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(code(deep).await, "request.too_deep");
}

#[tokio::test]
async fn an_error_about_a_member_points_at_it() {
    for (body, code, pointer) in [
        (r#"{"nmae":"a"}"#, "request.unknown_member", "/nmae"),
        (r#"{"lines":[{"count":1,"a/b":2}]}"#, "request.unknown_member", "/lines/0/a~1b"),
        (r#"{"lines":[{"count":1},{"count":"x"}]}"#, "request.wrong_type", "/lines/1/count"),
        (r#"{"lines":[{}]}"#, "request.missing_member", "/lines/0/count"),
        (r#"{"lines":[{"count":-1}]}"#, "request.invalid_value", "/lines/0/count"),
        (r#"{"name":7}"#, "request.wrong_type", "/name"),
        (r#"{"name":"longer than eight"}"#, "request.too_long", "/name"),
        (r#"{"name":" "}"#, "request.invalid_value", "/name"),
        (r#"{"lines":[[1]]}"#, "request.wrong_type", "/lines/0"),
        ("[1]", "request.wrong_type", ""),
        ("7", "request.wrong_type", ""),
    ] {
        let answered = client().post("/v1/orders", body).await;
        assert_eq!((answered.code(), answered.pointer()), (code, pointer), "{body}");
        assert_eq!(answered.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn an_empty_body_is_an_empty_object() {
    let empty = Request::post("/v1/orders").body(Body::empty()).unwrap();
    assert_eq!(client().send(empty).await.status, StatusCode::OK);
    assert_eq!(client().post("/v1/orders", "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_content_type_has_to_be_json_where_the_route_is_strict() {
    for (content, expected) in [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/merge-patch+json", 200),
        ("application/x-www-form-urlencoded", 415),
        ("text/plain", 415),
        ("application/jsonx", 415),
    ] {
        let of = |path: &str| {
            Request::post(path).header("content-type", content).body(Body::from("{}")).unwrap()
        };
        let strict = client().send(of("/v1/orders")).await;
        assert_eq!(strict.status.as_u16(), expected, "{content}");
        assert_eq!(client().send(of("/v1/lenient")).await.status, StatusCode::OK);
    }
    let without = Request::post("/v1/orders").body(Body::from("{}")).unwrap();
    let refused = client().send(without).await;
    assert_eq!(refused.code(), "request.unsupported_media_type");
}

#[tokio::test]
async fn a_body_over_the_limit_is_too_large() {
    let answered = client().post("/v1/orders", vec![b' '; 64 * 1024 + 1]).await;
    assert_eq!(answered.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answered.code(), "request.too_large");
    let fits = format!("{{}}{}", " ".repeat(64 * 1024 - 2));
    assert_eq!(client().post("/v1/orders", fits).await.status, StatusCode::OK);
}
