use std::sync::Arc;

use ::metrics::gauge;
use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use gw_web::{Lists, Surround};
use http::{StatusCode, header};
use utoipa::openapi::OpenApi;

use crate::{
    Description, MOUNTS, Parts, Readiness, RuntimeError, Worker, metrics,
    routes::{Owners, add_lists},
    schema,
};

/// A process's routes and workers, put together.
pub struct Assembled {
    /// Everything that is answered, with what stands around it.
    pub router: Router,
    /// The same without administration, for a listener beside one that has it.
    pub public: Router,
    /// What it documents.
    pub openapi: OpenApi,
    /// What runs beside it.
    pub workers: Vec<Worker>,
    /// What `/readyz` says.
    pub readiness: Readiness,
}

/// Puts services' parts together: mounts, health, documents, and what `gw_web` puts around it all.
///
/// # Errors
/// When two of them claim one route.
pub fn assemble(
    services: Vec<(&'static str, Parts)>,
    surround: Surround,
) -> Result<Assembled, RuntimeError> {
    let (mut owners, mut lists) = (Owners::default(), Lists::default());
    let (mut router, mut openapi) = (Router::new(), schema::empty());
    let (mut workers, mut checks, mut gauges) = (Vec::new(), Vec::new(), Vec::new());
    for (name, parts) in services {
        let (routes, gate_routes, description) = split(parts.routes, parts.gate_routes);
        owners.claim(name, &description)?;
        add_lists(&mut lists, &description);
        openapi.merge(schema::document(name, description));
        router = router.merge(routes);
        for mount in MOUNTS {
            router = if mount.is_empty() {
                router.merge(gate_routes.clone())
            } else {
                router.nest(mount, gate_routes.clone())
            };
        }
        workers.extend(parts.workers);
        checks.extend(parts.readiness);
        gauges.extend(parts.gauges);
    }
    let readiness = Readiness::new(checks);
    let router = router.merge(own_routes(readiness.clone(), &openapi)?);
    // Each has its own places: whoever looks after the process gets in when it is full.
    let surround = surround.listing(lists);
    let public = surround.clone().without_administration();
    gauges.push(Arc::new(metrics::Requests([surround.in_flight(), public.in_flight()])));
    let router = router.merge(metrics::routes(gauges)?);
    let public = gw_web::finish(router.clone(), public);
    let router = gw_web::finish(router, surround);
    Ok(Assembled { router, public, openapi, workers, readiness })
}

fn split(
    routes: utoipa_axum::router::OpenApiRouter,
    gate_routes: utoipa_axum::router::OpenApiRouter,
) -> (Router, Router, Description) {
    let (routes, document) = routes.split_for_parts();
    let (gate_routes, gate_document) = gate_routes.split_for_parts();
    (routes, gate_routes, Description { routes: document, gate_routes: gate_document })
}

/// The process's own routes, beside `/metrics`: `/healthz`, `/readyz`, `/openapi.json`.
fn own_routes(readiness: Readiness, openapi: &OpenApi) -> Result<Router, RuntimeError> {
    let document = openapi.to_json();
    let document: Arc<str> =
        document.map_err(|error| RuntimeError::Config(error.to_string()))?.into();
    let json = [(header::CONTENT_TYPE, "application/json")];
    let router = Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state(readiness)
        .route("/openapi.json", get(async move || (json, document.to_string())));
    Ok(router)
}

async fn healthz() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

async fn readyz(State(readiness): State<Readiness>) -> Response {
    let report = readiness.report().await;
    gauge!("gatewright_ready").set(if report.ready { 1.0 } else { 0.0 });
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}
