use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{DefaultBodyLimit, Request, State},
    response::{IntoResponse, Response},
    routing::post,
};
use gw_contracts::TenantReadV1;
use gw_db::{Db, DbError, Role};
use gw_kernel::Identity;
use gw_testkit::Database;
use gw_web::{Answer, Caller, permissions::ReadGates};
use http::StatusCode;
use serde_json::json;

use crate::client::{Answered, Client};

type Reader = Caller<ReadGates>;

async fn record(db: &Db, who: &Identity) -> Result<(), DbError> {
    let mut tx = db.tenant(who).await?;
    tx.record(TenantReadV1 { tenant_id: who.tenant })?;
    tx.commit().await.map(drop)
}

async fn acts(State(db): State<Db>, caller: Reader, request: Request) -> Answer<Response> {
    // Not through an extractor of ours.
    let body = to_bytes(request.into_body(), 4096).await.unwrap();
    record(&db, &caller).await?;
    Ok((StatusCode::CREATED, body).into_response())
}

async fn limited(State(db): State<Db>, caller: Reader, body: bytes::Bytes) -> Answer<String> {
    record(&db, &caller).await?;
    Ok(body.len().to_string())
}

async fn refuses(State(db): State<Db>, caller: Reader) -> Answer<StatusCode> {
    record(&db, &caller).await?;
    Ok(StatusCode::FORBIDDEN)
}

async fn fails(State(db): State<Db>, caller: Reader) -> Answer<StatusCode> {
    record(&db, &caller).await?;
    Ok(StatusCode::BAD_GATEWAY)
}

async fn panics(State(db): State<Db>, caller: Reader) -> Answer<StatusCode> {
    record(&db, &caller).await?;
    panic!("after the commit");
}

async fn twice(State(db): State<Db>, caller: Reader) -> Answer<StatusCode> {
    record(&db, &caller).await?;
    record(&db, &caller).await?;
    Ok(StatusCode::OK)
}

async fn nobody() -> StatusCode {
    StatusCode::OK
}

struct World {
    db: Database,
    client: Client,
    key: String,
}

async fn world() -> World {
    let db = gw_testkit::database().await;
    let router: Router<Db> = Router::new()
        .route("/v1/acts", post(acts))
        .route("/v1/limited", post(limited).layer(DefaultBodyLimit::max(100_000)))
        .route("/v1/refuses", post(refuses))
        .route("/v1/fails", post(fails))
        .route("/v1/panics", post(panics))
        .route("/v1/twice", post(twice))
        .route("/v1/nobody", post(nobody));
    let client = Client::new(router.with_state(db.db(Role::Gates).await));
    let key = db.tenant("acme").await.api_key;
    World { db, client, key }
}

impl World {
    async fn post(&self, path: &str, body: impl Into<Body>) -> Answered {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", self.key))
            .header("idempotency-key", "k");
        self.client.send(request.body(body.into()).unwrap()).await
    }

    async fn entries(&self) -> i64 {
        let count = sqlx::query_scalar("select count(*) from journal.entries");
        count.fetch_one(&self.db.owner().await).await.unwrap()
    }
}

#[tokio::test]
async fn a_body_is_the_same_in_every_spelling_however_it_is_read() {
    let world = world().await;
    let first = world.post("/v1/acts", r#"{"a": 1, "b": [true]}"#).await;
    assert_eq!((first.status, &first.body), (StatusCode::CREATED, &json!({"a": 1, "b": [true]})));
    let again = world.post("/v1/acts", r#"{"b":[true],"a":1.0}"#).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    for other in [r#"{"a": 2, "b": [true]}"#, "{}", "", r#"{"a": 1"#, "\u{e9}"] {
        assert_eq!(world.post("/v1/acts", other).await.code(), "check.idempotency_conflict");
    }
    assert_eq!(world.entries().await, 1);
}

#[tokio::test]
async fn a_route_reads_as_much_with_a_key_as_without() {
    let world = world().await;
    let answered = world.post("/v1/limited", vec![b' '; 100_001]).await;
    assert_eq!(answered.code(), "request.too_large");
    assert_eq!(world.post("/v1/limited", vec![b' '; 100_000]).await.body, json!(100_000));
    assert_eq!(world.entries().await, 1);
}

#[tokio::test]
async fn a_refusal_that_was_recorded_stays_recorded_and_is_not_kept() {
    let world = world().await;
    for count in 1..3 {
        assert_eq!(world.post("/v1/refuses", "").await.status, StatusCode::FORBIDDEN);
        assert_eq!(world.entries().await, count);
    }
}

#[tokio::test]
async fn what_fails_on_our_side_was_not_done() {
    let world = world().await;
    for (path, status) in [("/v1/fails", 502), ("/v1/panics", 500), ("/v1/twice", 500)] {
        let answered = world.post(path, "").await;
        assert_eq!(answered.status.as_u16(), status, "{path}");
        assert_eq!(answered.headers.get("idempotency-replayed"), None);
        assert_eq!(world.entries().await, 0, "{path}");
    }
    assert_eq!(world.post("/v1/acts", "").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_route_that_names_no_caller_is_left_alone() {
    let world = world().await;
    for _ in 0..2 {
        let answered = world.post("/v1/nobody", "").await;
        assert_eq!(answered.status, StatusCode::OK);
        assert_eq!(answered.headers.get("idempotency-replayed"), None);
    }
}
