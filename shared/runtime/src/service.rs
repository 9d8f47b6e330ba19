use std::{future::Future, sync::Arc};

use gw_crypto::seal::RootKey;
use gw_db::{DatabaseConfig, Db, Role, sealed::SealedColumn};
use gw_kernel::Clock;
use gw_web::ProblemInfo;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{ReadinessCheck, Worker, metrics::Gauges};

/// One of Gatewright's services.
pub trait Service: 'static {
    /// Its name in the configuration, in logs and in `services/`.
    const NAME: &'static str;
    /// The database role that it connects as.
    const ROLE: Role;
    /// What it can be told. Every field has a default that works; unknown members are refused.
    type Config: DeserializeOwned + Default + Serialize + JsonSchema + Send + 'static;

    /// Puts it together. Connects to nothing that is not needed to answer the first request.
    fn build(config: Self::Config, env: Env) -> impl Future<Output = anyhow::Result<Parts>> + Send;

    /// Its documented routes, without a database.
    fn describe() -> Description;

    /// The problems that it can answer with, beyond the common ones.
    fn problems() -> &'static [ProblemInfo] {
        &[]
    }

    /// What its tables hold that is sealed under tenants' data keys: sealed anew, in its own role,
    /// when one is replaced.
    fn sealed() -> &'static [SealedColumn] {
        &[]
    }
}

/// What the process gives every service.
#[derive(Clone)]
pub struct Env {
    /// The database, in the service's own role.
    pub db: Db,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Cancelled when the process has drained: the end of every worker.
    pub shutdown: CancellationToken,
    /// The host that log origins and issuers begin with.
    pub issuer_host: String,
    /// Where callers reach this installation: scheme and authority, no slash at the end.
    pub base_url: String,
    /// For a second role, as the check service's lanes need.
    pub database: DatabaseConfig,
    /// The key that seals every tenant's keys.
    pub keys: Arc<RootKey>,
}

/// What a service is made of. Routers have their state applied.
#[derive(Default)]
pub struct Parts {
    /// Routes whose paths are whole: `/v1/admin/...`.
    pub routes: OpenApiRouter,
    /// Routes without their mount, `/gates/...`: they stand under every one of
    /// [`MOUNTS`](crate::MOUNTS) and are documented under `/v1`.
    pub gate_routes: OpenApiRouter,
    /// What runs beside the routes.
    pub workers: Vec<Worker>,
    /// What has to hold before traffic is welcome.
    pub readiness: Vec<Arc<dyn ReadinessCheck>>,
    /// Figures of `/metrics` that are states.
    pub gauges: Vec<Arc<dyn Gauges>>,
}

/// The documents of a service's two routers.
#[derive(Default)]
pub struct Description {
    /// As [`Parts::routes`].
    pub routes: OpenApi,
    /// As [`Parts::gate_routes`].
    pub gate_routes: OpenApi,
}

impl Description {
    /// What these routers document. Their state is of no interest.
    #[must_use]
    pub fn of<S: Clone + Send + Sync + 'static>(
        routes: OpenApiRouter<S>,
        gate_routes: OpenApiRouter<S>,
    ) -> Self {
        Self { routes: routes.into_openapi(), gate_routes: gate_routes.into_openapi() }
    }
}
