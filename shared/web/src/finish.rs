use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::{Method, header};
use metrics::SharedString;
use tracing::Instrument;

use crate::{
    ClientAddress, Problem, ProblemBody, Registry, RequestId, Surround, codes, request_id,
    surround::{is_quiet, no_such_route, overloaded},
};

/// What a route takes that does not say otherwise, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// Puts around every route what no handler should have to think of.
///
/// Request ids in and out; one log line a request, but where they come by the thousand; a panic
/// becomes a problem without text; unknown paths, methods and too large bodies are problems;
/// problems get their title, request id and the members that compatible clients look for. A request
/// with an `Idempotency-Key` that changes something acts once. A list is asked for what it knows, and
/// for nothing else. A route that takes more than 64 KiB
/// says so with its own [`DefaultBodyLimit`]. What is more than can be worked on is refused before
/// a byte of its body is read, and what is worked on for too long is given up.
pub fn finish(router: Router, surround: Surround) -> Router {
    router
        .fallback(async || no_such_route())
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(surround, around))
}

async fn method_not_allowed() -> Problem {
    Problem::new(&codes::METHOD_NOT_ALLOWED, "the path has no such method")
}

async fn around(State(surround): State<Surround>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId::of(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let matched = request.extensions().get::<MatchedPath>();
    let route: Arc<str> = matched.map_or_else(|| "-".into(), |route| route.as_str().into());
    let ClientAddress(client) = ClientAddress::of(request.extensions());
    request.extensions_mut().insert(id.clone());

    let span = tracing::info_span!("request", request_id = %id);
    let followed = surround.follower().map(|follower| (follower, span.clone()));
    if let Some((follower, span)) = &followed {
        follower.begins(span, &request, &route);
    }
    async {
        let place = surround.enter(&route);
        let response = match &place {
            Some(_) => surround.answer(&route, request, next).await,
            None => overloaded(),
        };
        let mut response = told(response, &surround.registry, &id, &path);
        if let Some(value) = id.header() {
            response.headers_mut().insert(request_id::HEADER, value);
        }
        let millis = began.elapsed().as_secs_f64() * 1000.0;
        if let Some((follower, span)) = &followed {
            follower.ends(span, response.status());
        }
        let status = response.status().as_u16();
        let labels = [
            ("method", SharedString::const_str(method_label(&method))),
            ("route", SharedString::from(Arc::clone(&route))),
            ("status", SharedString::from(status.to_string())),
        ];
        metrics::histogram!("gatewright_http_request_duration_seconds", &labels)
            .record(millis / 1000.0);
        if place.is_none() || status < 500 && is_quiet(&route) {
            tracing::debug!(%method, route = &*route, status, millis, %client, "answered");
        } else {
            tracing::info!(%method, route = &*route, status, millis, %client, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// The method, where it is one that some route has: a stranger can make up others.
fn method_label(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// Rewrites a problem now that the request is known; leaves other answers alone.
fn told(mut response: Response, registry: &Registry, id: &RequestId, path: &str) -> Response {
    let told = response.extensions_mut().remove::<Problem>().or_else(|| foreign(&response));
    let Some(problem) = told else { return response };
    let body = ProblemBody::of_request(&problem, registry.get(problem.code()), id, path);
    let mut rewritten = problem.respond(&body);
    for (name, value) in response.headers() {
        if !matches!(*name, header::CONTENT_LENGTH | header::CONTENT_TYPE) {
            rewritten.headers_mut().insert(name, value.clone());
        }
    }
    rewritten
}

/// The problem for a refusal in plain text, as extractors that are not ours make it.
fn foreign(response: &Response) -> Option<Problem> {
    let content = response.headers().get(header::CONTENT_TYPE);
    if content.is_some_and(|value| !value.as_bytes().starts_with(b"text/plain")) {
        return None;
    }
    let (info, detail) = match response.status().as_u16() {
        400 => (codes::MALFORMED, "the request cannot be read"),
        408 => (codes::TIMEOUT, "the request came too slowly"),
        413 => (codes::TOO_LARGE, "the request's body is larger than allowed here"),
        415 => (codes::UNSUPPORTED_MEDIA_TYPE, "the content type is not one of this route"),
        500 => (codes::INTERNAL, "something went wrong on our side"),
        _ => return None,
    };
    Some(Problem::new(&info, detail))
}
