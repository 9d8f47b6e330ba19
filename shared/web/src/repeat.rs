//! `Idempotency-Key`: a request that changes something acts once, however often it is sent.
//!
//! A request with the header runs within an [`Attempt`]. The extractor that finds out who calls
//! names the caller to it, after rights have been looked at; from then on the transactions of that
//! request claim its key, and are committed with its answer. A repetition never gets as far as its
//! use case: the first answer takes the place of whatever the handler says.
//!
//! What is no success is not kept, so that the next attempt acts afresh. A refusal that committed
//! something (an attempt to sign in) stays committed; what failed on our side is rolled back.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use gw_crypto::{Hash, canonical, sha256};
use gw_db::{Attempt, Db, Repeated, RequestKey, Standing};
use http::{HeaderValue, request::Parts};
use serde_json::{Value, json};

use crate::{IDEMPOTENCY_KEY, IdempotencyKey, MAX_DEPTH, Problem, codes, kept, keys::VerifiedKey};

/// Headers besides the key that say what is asked for.
const ASKING: [&str; 2] = ["if-match", "gatewright-tenant"];

/// A request that may be sent again, as the extractors find it in the request's extensions.
#[derive(Clone)]
struct Repeatable {
    attempt: Arc<Attempt>,
    asked: Arc<Asked>,
}

/// Everything that makes two requests one and the same.
struct Asked {
    method: String,
    target: String,
    headers: [(&'static str, Vec<String>); 2],
    /// What the handler has read of the body, within the limits that it reads it with.
    body: Mutex<Vec<Bytes>>,
}

/// Runs a handler, so that a request with a key acts once. Others pass, and do not carry the room
/// that a transaction's future needs.
pub(crate) async fn run(request: Request, next: Next) -> Response {
    if request.method().is_safe() || !request.headers().contains_key(IDEMPOTENCY_KEY) {
        return next.run(request).await;
    }
    Box::pin(run_once(request, next)).await
}

async fn run_once(request: Request, next: Next) -> Response {
    let attempt = Arc::new(Attempt::default());
    let request = watch(request, attempt.clone());
    let response = attempt.run(next.run(request)).await;
    end(&attempt, response).await.unwrap_or_else(IntoResponse::into_response)
}

/// Lets the extractors find the attempt, and listens to what they read.
fn watch(request: Request, attempt: Arc<Attempt>) -> Request {
    let asked = Arc::new(Asked::of(&request));
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(Repeatable { attempt, asked: asked.clone() });
    let body = body.into_data_stream().inspect(move |chunk| {
        if let Ok(chunk) = chunk {
            asked.body.lock().unwrap_or_else(PoisonError::into_inner).push(chunk.clone());
        }
    });
    Request::from_parts(parts, Body::from_stream(body))
}

/// Names the caller of a request that has a key. Rights have been looked at before.
///
/// # Errors
/// When what is in the header is no key.
pub(crate) fn name(parts: &Parts, db: &Db, caller: &VerifiedKey) -> Result<(), Problem> {
    let Some(Repeatable { attempt, asked }) = parts.extensions.get().cloned() else {
        return Ok(());
    };
    let Some(key) = IdempotencyKey::from_headers(&parts.headers)? else { return Ok(()) };
    let key = RequestKey {
        tenant: caller.tenant,
        caller: caller.id.to_string(),
        key_sha256: sha256(key.as_str()),
    };
    attempt.name(db.clone(), key, Box::new(move || asked.fingerprint()));
    Ok(())
}

/// Keeps the answer, or finds the one to give instead.
async fn end(attempt: &Arc<Attempt>, response: Response) -> Result<Response, Problem> {
    let status = response.status();
    match attempt.standing() {
        Standing::Repeated(repeated) => repeat(repeated),
        Standing::Unchanged | Standing::Changed if status.is_success() => {
            let (answer, response) = kept::write(response).await?;
            attempt.keep(&answer).await?.map_or(Ok(response), repeat)
        }
        Standing::Changed if status.is_client_error() => {
            attempt.commit().await?;
            Ok(response)
        }
        Standing::Unnamed | Standing::Unchanged | Standing::Changed => Ok(response),
    }
}

fn repeat(repeated: Repeated) -> Result<Response, Problem> {
    match repeated {
        Repeated::Answered(answer) => kept::read(&answer),
        Repeated::Another => {
            let detail = "the idempotency key was used for another request";
            Err(Problem::new(&codes::IDEMPOTENCY_CONFLICT, detail))
        }
        Repeated::Pending => {
            let detail = "a request with this idempotency key is still being worked on";
            Err(Problem::new(&codes::IDEMPOTENCY_PENDING, detail).retry_after(1))
        }
    }
}

impl Asked {
    fn of(request: &Request) -> Self {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let all = |name| request.headers().get_all(name).iter().map(text).collect();
        Self {
            method: request.method().to_string(),
            target: request.uri().to_string(),
            headers: ASKING.map(|name| (name, all(name))),
            body: Mutex::default(),
        }
    }

    /// A hash of all of it: of a JSON body's RFC 8785 form, so that spelling makes no difference.
    fn fingerprint(&self) -> Hash {
        let body = self.body.lock().unwrap_or_else(PoisonError::into_inner).concat();
        let asked = json!({
            "method": self.method, "target": self.target, "headers": self.headers,
            "body": meant(&body),
        });
        sha256(canonical::to_vec(&asked).unwrap_or_default())
    }
}

/// What a body says: nothing is `{}`, and what is no JSON is its own hash.
fn meant(body: &[u8]) -> Value {
    if body.is_empty() {
        return json!({ "json": {} });
    }
    match gw_crypto::strict::parse(body, MAX_DEPTH) {
        Ok(value) => json!({ "json": value }),
        Err(_) => json!({ "sha256": hex::encode(sha256(body)) }),
    }
}
