//! Gates: the places where agents' calls are decided, and the keys that gates sign with.
//!
//! The service owns `gates.gates` and `gates.keypairs`. A gate is known by an id, for ever, and by
//! a name, if somebody gave it one: unique in its tenant, accepted wherever the id is, and never
//! one that reads as an id. Names belong to tenants, so routes that authenticate nobody take ids
//! alone, and find the tenant in the directory.
//!
//! Every gate has a key pair of its own from the moment it exists. The private half is a 32-byte
//! seed, sealed under the tenant's data key and bound to its place; it is in memory here only
//! while it is made, and is opened only where gates sign. Public halves stay published after they
//! have retired, because what they signed must verify for ever.
//!
//! What gates cannot do yet (self-issued credentials, templates, constraints) is refused
//! by name when it is asked for, and accepted when a client says that it does not want it.
//!
//! Checks never ask this service: they read the views `gates.snapshot_gates` and
//! `gates.snapshot_keypairs` when the tenant's epoch moves, which every change here does.

mod api;
mod app;
mod domain;
mod error;
mod problems;
mod store;

use axum::extract::FromRef;
use gw_db::{Db, Role, sealed::SealedColumn};
use gw_runtime::{Description, Env, Parts, Service};
use gw_web::ProblemInfo;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

/// The service.
pub struct Gates;

/// There is nothing to tell it yet.
#[derive(Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GatesConfig {}

/// What every handler has at hand.
#[derive(Clone)]
struct Context {
    db: Db,
    /// Where callers reach this installation: what a gate's URL begins with.
    base_url: String,
}

impl FromRef<Context> for Db {
    fn from_ref(ctx: &Context) -> Self {
        ctx.db.clone()
    }
}

impl Service for Gates {
    const NAME: &'static str = "gates";
    const ROLE: Role = Role::Gates;
    type Config = GatesConfig;

    async fn build(_: GatesConfig, env: Env) -> anyhow::Result<Parts> {
        let context = Context { db: env.db, base_url: env.base_url };
        let gate_routes = api::routes().with_state(context);
        Ok(Parts { gate_routes, ..Parts::default() })
    }

    fn describe() -> Description {
        Description::of(OpenApiRouter::new(), api::routes())
    }

    fn problems() -> &'static [ProblemInfo] {
        problems::PROBLEMS
    }

    fn sealed() -> &'static [SealedColumn] {
        &[SealedColumn {
            table: "gates.keypairs",
            id: "id",
            column: "sealed",
            place: domain::keypair_place,
        }]
    }
}
