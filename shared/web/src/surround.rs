use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use http::{StatusCode, Uri};
use tracing::Span;

use crate::{InFlight, Limits, Lists, Problem, Registry, codes, limits::Place, repeat};

/// What is asked by those who look after the process: answered however much there is to do.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Ends of the routes of checks, whose requests have deadlines of their own.
const CHECKS: [&str; 3] = ["/check", "/v1/mcp", "/v1/tool-call"];

/// What stands around the routes of a listener.
#[derive(Debug, Clone)]
pub struct Surround {
    pub(crate) registry: Arc<Registry>,
    limits: Limits,
    lists: Arc<Lists>,
    in_flight: InFlight,
    hides_administration: bool,
    followed: Option<Arc<dyn Follow>>,
}

/// Whoever follows requests from process to process.
pub trait Follow: std::fmt::Debug + Send + Sync + 'static {
    /// A request has come, which this span stands for; nothing has entered it yet.
    fn begins(&self, span: &Span, request: &Request, route: &str);

    /// It is answered so.
    fn ends(&self, span: &Span, status: StatusCode);
}

impl Surround {
    /// With these problems and limits, and places that nobody has taken.
    #[must_use]
    pub fn new(registry: Arc<Registry>, limits: Limits) -> Self {
        let in_flight = InFlight::default();
        let lists = Arc::default();
        Self { registry, limits, lists, in_flight, hides_administration: false, followed: None }
    }

    /// The same, where these lists are asked for what they know.
    #[must_use]
    pub fn listing(self, lists: Lists) -> Self {
        Self { lists: Arc::new(lists), ..self }
    }

    /// The same, where somebody follows requests.
    #[must_use]
    pub fn followed(self, by: Arc<dyn Follow>) -> Self {
        Self { followed: Some(by), ..self }
    }

    /// Who follows requests.
    pub(crate) fn follower(&self) -> Option<&dyn Follow> {
        self.followed.as_deref()
    }

    /// The same with places of its own, for a listener that another one relieves of administration:
    /// nothing is at those paths.
    #[must_use]
    pub fn without_administration(self) -> Self {
        Self { in_flight: InFlight::default(), hides_administration: true, ..self }
    }

    /// Who counts the requests that are worked on.
    #[must_use]
    pub fn in_flight(&self) -> InFlight {
        self.in_flight.clone()
    }

    /// A place for a request; none when there is too much to do.
    pub(crate) fn enter(&self, route: &str) -> Option<Place<'_>> {
        let most = if is_probe(route) { usize::MAX } else { self.limits.in_flight };
        self.in_flight.enter(most)
    }

    /// Lets a request to its handler, unless something is the matter with it before that.
    pub(crate) async fn answer(&self, route: &str, request: Request, next: Next) -> Response {
        if let Some(problem) = self.refuse(route, &request) {
            return problem.into_response();
        }
        let answering = AssertUnwindSafe(repeat::run(request, next)).catch_unwind();
        let answered = if is_check(route) {
            answering.await
        } else {
            match tokio::time::timeout(self.limits.patience, answering).await {
                Ok(answered) => answered,
                Err(_) => return given_up(),
            }
        };
        answered.unwrap_or_else(|_| panicked())
    }

    fn refuse(&self, route: &str, request: &Request) -> Option<Problem> {
        if self.hides_administration && is_administrative(route) {
            return Some(no_such_route());
        }
        let refused = self.limits.refuse(request).or_else(|| nul(request.uri()));
        refused.or_else(|| self.lists.refuse(request.method(), route, request.uri()))
    }
}

/// Whether single requests are of no interest: those of probes, and checks, whose records say more
/// than a line could.
pub(crate) fn is_quiet(route: &str) -> bool {
    is_probe(route) || is_check(route)
}

fn is_probe(route: &str) -> bool {
    PROBES.contains(&route)
}

fn is_check(route: &str) -> bool {
    CHECKS.iter().any(|end| route.ends_with(end))
}

fn is_administrative(route: &str) -> bool {
    is_probe(route) || route == "/openapi.json" || route.starts_with("/v1/admin/")
}

pub(crate) fn no_such_route() -> Problem {
    Problem::new(&codes::NO_SUCH_ROUTE, "nothing is at this path")
}

/// Said before a byte of the body was read.
pub(crate) fn overloaded() -> Response {
    metrics::counter!("gatewright_http_requests_shed_total").increment(1);
    let detail = "too many requests are being worked on";
    Problem::new(&codes::OVERLOADED, detail).retry_after(1).into_response()
}

/// What was done is rolled back, unless its commit was on its way.
fn given_up() -> Response {
    tracing::warn!("a request was given up at its deadline");
    Problem::new(&codes::DEADLINE, "the answer took too long").retry_after(1).into_response()
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
