//! An answer as bytes, to be given again: a line of JSON with the status and the headers, then the
//! body as it is.

use axum::{
    body::{Body, Bytes, to_bytes},
    response::Response,
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::{IDEMPOTENCY_REPLAYED, Problem, codes};

#[derive(Serialize, Deserialize)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

/// Reads an answer to its end: its bytes, and the same answer, to be given now.
pub(crate) async fn write(response: Response) -> Result<(Vec<u8>, Response), Problem> {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|_| unusable())?;
    let kept = parts.headers.iter().filter(|(name, _)| *name != header::CONTENT_LENGTH);
    let texts = kept.map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let headers = texts.collect::<Option<_>>().ok_or_else(unusable)?;
    let head = Head { status: parts.status.as_u16(), headers };
    let mut bytes = serde_json::to_vec(&head).map_err(|_| unusable())?;
    bytes.push(b'\n');
    bytes.extend_from_slice(&body);
    Ok((bytes, Response::from_parts(parts, Body::from(body))))
}

/// The answer again, marked as such.
pub(crate) fn read(bytes: &[u8]) -> Result<Response, Problem> {
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(unusable)?;
    let (head, body) = (&bytes[..end], &bytes[end + 1..]);
    let head: Head = serde_json::from_slice(head).map_err(|_| unusable())?;
    let mut response = Response::new(Body::from(Bytes::copy_from_slice(body)));
    *response.status_mut() = StatusCode::from_u16(head.status).map_err(|_| unusable())?;
    for (name, value) in &head.headers {
        let name = HeaderName::try_from(name).map_err(|_| unusable())?;
        let value = HeaderValue::from_str(value).map_err(|_| unusable())?;
        response.headers_mut().append(name, value);
    }
    let replayed = HeaderName::from_static(IDEMPOTENCY_REPLAYED);
    response.headers_mut().insert(replayed, HeaderValue::from_static("true"));
    Ok(response)
}

fn unusable() -> Problem {
    tracing::error!("an answer cannot be kept, or what was kept is none");
    Problem::new(&codes::INTERNAL, "something went wrong on our side")
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    #[tokio::test]
    async fn an_answer_is_given_again_byte_for_byte() {
        let location = [(header::LOCATION, "/v1/x"), (header::CONTENT_TYPE, "a/b")];
        let first = (StatusCode::CREATED, location, "two\nlines \u{e9}").into_response();
        let (bytes, first) = write(first).await.unwrap();
        let again = read(&bytes).unwrap();
        assert_eq!(again.status(), StatusCode::CREATED);
        for name in [header::LOCATION, header::CONTENT_TYPE] {
            assert_eq!(first.headers()[&name], again.headers()[&name]);
        }
        assert_eq!(again.headers()[IDEMPOTENCY_REPLAYED], "true");
        let body = async |answer: Response| to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        assert_eq!(body(first).await, body(again).await);
        assert!(read(b"{}").is_err() && read(b"{}\n").is_err());
    }
}
