use axum::{
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{BodyTooSlow, Problem, codes, fields, objects::Objects};

/// How deep objects and arrays may be nested in a request.
pub const MAX_DEPTH: usize = 64;

/// A JSON body, read strictly; as an answer, JSON.
///
/// Another content type than JSON is refused; an empty body is `{}`. Give `T`
/// `#[serde(deny_unknown_fields)]`, and unknown members are `request.unknown_member`. Errors
/// carry a JSON pointer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

/// As [`Json`], whatever the content type says: for routes whose clients send none.
#[derive(Debug, Clone, Copy, Default)]
pub struct LenientJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let declared = declared_json(request.headers());
        let bytes = read_body(request).await?;
        match declared {
            Some(false) => Err(not_json()),
            None if !bytes.is_empty() => Err(not_json()),
            _ => from_bytes(&bytes).map(Self),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for LenientJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        from_bytes(&read_body(request).await?).map(Self)
    }
}

/// Room for an answer to a check: what is answered most.
const ANSWER_BYTES: usize = 6 * 1024;

/// Written into a `Vec`, which takes a string's many small pieces faster than `BytesMut` does.
impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(ANSWER_BYTES);
        match serde_json::to_writer(&mut body, &self.0) {
            Ok(()) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written as JSON");
                Problem::new(&codes::INTERNAL, "something went wrong on our side").into_response()
            }
        }
    }
}

/// Whether the content type is JSON; none when there is none.
fn declared_json(headers: &HeaderMap) -> Option<bool> {
    let value = headers.get(header::CONTENT_TYPE)?;
    let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let media = text.split(';').next().unwrap_or_default().trim();
    let suffixed = media.starts_with("application/") && media.ends_with("+json");
    Some(media == "application/json" || suffixed)
}

fn not_json() -> Problem {
    let detail = "the request's content type must be application/json";
    Problem::new(&codes::UNSUPPORTED_MEDIA_TYPE, detail)
}

/// Reads a body within the route's limit ([`axum::extract::DefaultBodyLimit`]).
///
/// # Errors
/// `request.too_large`, `request.timeout` where it ended with [`BodyTooSlow`], or
/// `request.malformed` when it breaks off.
pub async fn read_body(request: Request) -> Result<Bytes, Problem> {
    let refused = match Bytes::from_request(request, &()).await {
        Ok(bytes) => return Ok(bytes),
        Err(refused) => refused,
    };
    if refused.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let detail = "the request's body is larger than allowed here";
        return Err(Problem::new(&codes::TOO_LARGE, detail));
    }
    let refused: &(dyn std::error::Error + 'static) = &refused;
    let mut causes = std::iter::successors(Some(refused), |error| error.source());
    if causes.any(|cause| cause.is::<BodyTooSlow>()) {
        return Err(Problem::new(&codes::TIMEOUT, "the request's body came too slowly"));
    }
    Err(Problem::new(&codes::MALFORMED, "the request's body broke off"))
}

fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    from_value(read_value(bytes)?)
}

/// Reads JSON strictly, at most [`MAX_DEPTH`] deep. Nothing at all is `{}`.
///
/// # Errors
/// `request.malformed`, `request.duplicate_member`, `request.too_deep` or `request.nul`.
pub fn read_value(bytes: &[u8]) -> Result<Value, Problem> {
    if bytes.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    gw_crypto::strict::parse(bytes, MAX_DEPTH).map_err(Problem::from)
}

/// Gives a JSON value its type.
///
/// # Errors
/// A problem of 400 whose `errors` point at the member.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(Objects(value)).map_err(|error| fields::problem(&error))
}
