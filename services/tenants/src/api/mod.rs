//! Handlers: extract, call one function of `app`, shape the answer.

mod api_keys;
mod kill_switches;
mod limits;
mod log_keys;
mod log_regression;
mod operator_state;
mod operators;
mod revoke_api_keys;
mod tenant_state;
mod tenants;
mod view;

use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use gw_kernel::{Count, Epoch, Page};
use gw_web::{Counted, ETag, Written};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Context;

/// Every route of the service.
pub(crate) fn routes() -> OpenApiRouter<Context> {
    OpenApiRouter::new()
        .routes(routes!(tenants::create_tenant, tenants::list_tenants))
        .routes(routes!(tenants::read_tenant, tenants::update_tenant))
        .routes(routes!(tenant_state::suspend_tenant))
        .routes(routes!(tenant_state::resume_tenant))
        .routes(routes!(limits::read_tenant_limits, limits::set_tenant_limits))
        .routes(routes!(limits::read_limits))
        .routes(routes!(operators::create_operator, operators::list_operators))
        .routes(routes!(operators::read_operator, operators::update_operator))
        .routes(routes!(operator_state::suspend_operator))
        .routes(routes!(operator_state::resume_operator))
        .routes(routes!(api_keys::create_api_key, api_keys::list_api_keys))
        .routes(routes!(api_keys::read_api_key, api_keys::delete_api_key))
        .routes(routes!(api_keys::revoke_api_key))
        .routes(routes!(revoke_api_keys::revoke_api_keys))
        .routes(routes!(api_keys::rotate_api_key))
        .routes(routes!(log_keys::rotate_log_key))
        .routes(routes!(kill_switches::engage_kill_switch, kill_switches::list_kill_switches))
        .routes(routes!(kill_switches::release_kill_switch))
        .routes(routes!(log_regression::acknowledge_regression))
}

/// Something that was made, with the one showing of its key.
#[derive(Serialize, ToSchema)]
pub(crate) struct WithKey<T> {
    #[serde(flatten)]
    object: T,
    /// The key itself: shown this once.
    api_key: String,
}

/// 201 with the key in the body; the tag is that of the object alone, as a later read tags it.
fn created_with_key<T: Serialize>(
    epoch: Epoch,
    location: String,
    object: T,
    key: &SecretString,
) -> Response {
    let tag = ETag::of(&object);
    once(Written::created(epoch, location, with_key(object, key)), &tag)
}

/// 200 with the key in the body, tagged as the object alone.
fn changed_with_key<T: Serialize>(epoch: Epoch, object: T, key: &SecretString) -> Response {
    let tag = ETag::of(&object);
    once(Written::changed(epoch, with_key(object, key)), &tag)
}

fn with_key<T>(object: T, key: &SecretString) -> WithKey<T> {
    WithKey { object, api_key: key.expose_secret().to_owned() }
}

/// Nobody on the way keeps what is shown once.
fn once<T: Serialize>(written: Written<T>, tag: &ETag) -> Response {
    let mut response = written.into_response();
    if let Ok(tag) = HeaderValue::from_str(&tag.to_string()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A part of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Listed<T> {
    /// The rows, newest first.
    items: Vec<T>,
    /// What to pass as `cursor` for the next part; null at the end.
    next_cursor: Option<String>,
    #[serde(flatten)]
    counted: Counted,
}

fn listed<T, V>(
    (page, count): (Page<T>, Option<Count>),
    view: impl FnMut(T) -> V,
) -> Json<Listed<V>> {
    let Page { items, next_cursor } = page.map(view);
    Json(Listed { items, next_cursor, counted: count.into() })
}
