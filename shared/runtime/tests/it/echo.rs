use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use axum::extract::Request;
use gw_db::Role;
use gw_runtime::{Description, Env, Parts, Service, Worker};
use gw_web::{Answer, ClientAddress, Path, Problems, read_body};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

/// A service that answers what it was asked.
pub(crate) struct Echo;

/// Another one with the same routes.
pub(crate) struct Rival;

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EchoConfig {
    pub(crate) greeting: Option<String>,
    pub(crate) nested: Nested,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Nested {
    pub(crate) one: u32,
    pub(crate) two: u32,
}

impl Default for Nested {
    fn default() -> Self {
        Self { one: 1, two: 2 }
    }
}

/// Echo a gate
#[utoipa::path(get, path = "/echo/{gate}", responses((status = OK, body = String), Problems))]
async fn gate(Path(gate): Path<String>) -> String {
    gate
}

/// Whether the slow answer was ever given.
pub(crate) static SLOW_IS_DONE: AtomicBool = AtomicBool::new(false);

/// Answer slowly
#[utoipa::path(get, path = "/v1/slow", responses((status = OK, body = String), Problems))]
async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_millis(500)).await;
    SLOW_IS_DONE.store(true, Ordering::Relaxed);
    "finished"
}

/// Answer with what was sent
#[utoipa::path(post, path = "/v1/said", responses((status = OK, body = String), Problems))]
async fn said(request: Request) -> Answer<String> {
    let body = read_body(request).await?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Answer with more than any socket holds
#[utoipa::path(get, path = "/v1/much", responses((status = OK, body = String), Problems))]
async fn much() -> String {
    "x".repeat(64 * 1024 * 1024)
}

/// Never answer
#[utoipa::path(get, path = "/v1/never", responses((status = OK, body = String), Problems))]
async fn never() -> String {
    std::future::pending().await
}

/// Administer
#[utoipa::path(get, path = "/v1/admin/echo", responses((status = OK, body = String), Problems))]
async fn administer() -> &'static str {
    "administered"
}

/// Say who asks
#[utoipa::path(get, path = "/v1/whence", responses((status = OK, body = String), Problems))]
async fn whence(ClientAddress(address): ClientAddress) -> String {
    address.to_string()
}

fn routers() -> (OpenApiRouter, OpenApiRouter) {
    let routes = OpenApiRouter::new().routes(routes!(slow)).routes(routes!(said));
    let routes = routes.routes(routes!(much)).routes(routes!(never));
    let routes = routes.routes(routes!(administer)).routes(routes!(whence));
    (routes, OpenApiRouter::new().routes(routes!(gate)))
}

impl Service for Echo {
    const NAME: &'static str = "echo";
    const ROLE: Role = Role::Gates;
    type Config = EchoConfig;

    async fn build(config: EchoConfig, _: Env) -> anyhow::Result<Parts> {
        anyhow::ensure!(config.greeting.as_deref() != Some("fail"), "told to fail");
        let (routes, gate_routes) = routers();
        let worker = Worker::new("waits", async |shutdown| {
            shutdown.cancelled().await;
            Ok(())
        });
        Ok(Parts { routes, gate_routes, workers: vec![worker], ..Parts::default() })
    }

    fn describe() -> Description {
        let (routes, gate_routes) = routers();
        Description::of(routes, gate_routes)
    }
}

impl Service for Rival {
    const NAME: &'static str = "rival";
    const ROLE: Role = Role::Gates;
    type Config = EchoConfig;

    async fn build(config: EchoConfig, env: Env) -> anyhow::Result<Parts> {
        Echo::build(config, env).await
    }

    fn describe() -> Description {
        Echo::describe()
    }
}
