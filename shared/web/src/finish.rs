use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use http::{Method, Uri, header};
use tracing::Instrument;

use crate::{
    InFlight, Limits, Problem, ProblemBody, Registry, RequestId, codes, repeat, request_id,
};

/// What a route takes that does not say otherwise, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// What is asked by those who look after the process: answered however much there is to do.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Ends of the routes of checks, whose requests have deadlines of their own.
const CHECKS: [&str; 3] = ["/check", "/v1/mcp", "/v1/tool-call"];

/// Puts around every route what no handler should have to think of.
///
/// Request ids in and out; one log line a request, but where they come by the thousand; a panic
/// becomes a problem without text; unknown paths, methods and too large bodies are problems;
/// problems get their title, request id and the members that compatible clients look for. A request
/// with an `Idempotency-Key` that changes something acts once. A route that takes more than 64 KiB
/// says so with its own [`DefaultBodyLimit`]. Beyond the limits' `in_flight` requests, counted in
/// `in_flight`, further ones are refused before a byte of their bodies is read; and what is worked
/// on for longer than its deadline is given up.
pub fn finish(
    router: Router,
    registry: Arc<Registry>,
    limits: Limits,
    in_flight: InFlight,
) -> Router {
    let around_all = Around { registry, limits, in_flight };
    router
        .fallback(no_such_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(around_all, around))
}

#[derive(Clone)]
struct Around {
    registry: Arc<Registry>,
    limits: Limits,
    in_flight: InFlight,
}

async fn no_such_route() -> Problem {
    Problem::new(&codes::NO_SUCH_ROUTE, "nothing is at this path")
}

async fn method_not_allowed() -> Problem {
    Problem::new(&codes::METHOD_NOT_ALLOWED, "the path has no such method")
}

async fn around(State(all): State<Around>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId::of(request.headers());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or_else(|| "-".to_owned(), |route| route.as_str().to_owned());
    request.extensions_mut().insert(id.clone());

    let span = tracing::info_span!("request", request_id = %id);
    async {
        let response = all.answer(&route, request, next).await;
        let mut response = told(response, &all.registry, &id, &path);
        if let Some(value) = id.header() {
            response.headers_mut().insert(request_id::HEADER, value);
        }
        let millis = began.elapsed().as_secs_f64() * 1000.0;
        let status = response.status().as_u16();
        let labels = [
            ("method", method_label(&method)),
            ("route", route.clone()),
            ("status", status.to_string()),
        ];
        metrics::histogram!("gatewright_http_request_duration_seconds", &labels)
            .record(millis / 1000.0);
        if status < 500 && (is_probe(&route) || is_check(&route)) {
            tracing::debug!(%method, route, status, millis, "answered");
        } else {
            tracing::info!(%method, route, status, millis, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// Requests of these are of no interest one by one, nor are those of checks: their records say more
/// than a line could.
fn is_probe(route: &str) -> bool {
    PROBES.contains(&route)
}

fn is_check(route: &str) -> bool {
    CHECKS.iter().any(|end| route.ends_with(end))
}

impl Around {
    async fn answer(&self, route: &str, request: Request, next: Next) -> Response {
        let most = if is_probe(route) { usize::MAX } else { self.limits.in_flight };
        let Some(_place) = self.in_flight.enter(most) else {
            metrics::counter!("gatewright_http_requests_shed_total").increment(1);
            let detail = "too many requests are being worked on";
            return Problem::new(&codes::OVERLOADED, detail).retry_after(1).into_response();
        };
        if let Some(problem) = self.limits.refuse(&request).or_else(|| nul(request.uri())) {
            return problem.into_response();
        }
        let answering = AssertUnwindSafe(repeat::run(request, next)).catch_unwind();
        if is_check(route) {
            return answering.await.unwrap_or_else(|_| panicked());
        }
        match tokio::time::timeout(self.limits.patience, answering).await {
            Ok(answered) => answered.unwrap_or_else(|_| panicked()),
            Err(_) => given_up(),
        }
    }
}

/// What was done is rolled back, unless its commit was on its way.
fn given_up() -> Response {
    tracing::warn!("a request was given up at its deadline");
    Problem::new(&codes::DEADLINE, "the answer took too long").retry_after(1).into_response()
}

/// The method, where it is one that some route has: a stranger can make up others.
fn method_label(method: &Method) -> String {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    if known.contains(&method.as_str()) { method.to_string() } else { "other".to_owned() }
}

/// Postgres keeps no text with a NUL, so none gets past here: not in a path, not in a query.
fn nul(uri: &Uri) -> Option<Problem> {
    if uri.path().contains("%00") {
        return Some(Problem::new(&codes::UNKNOWN_ID, "nothing has an id with a NUL"));
    }
    let query = uri.query().is_some_and(|query| query.contains("%00"));
    query.then(|| Problem::new(&codes::INVALID_QUERY, "a parameter contains a NUL"))
}

/// The text of a panic may hold anything, so it goes to standard error by the panic hook alone.
fn panicked() -> Response {
    tracing::error!("a handler panicked");
    Problem::new(&codes::INTERNAL, "something went wrong on our side").into_response()
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
