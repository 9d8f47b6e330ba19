//! Capabilities: tokens that say which agent may do what, until when and how often.
//!
//! The service owns two tables. `capabilities.root_keys` holds, sealed under the tenant's data key,
//! the key that the tenant's tokens are chained from; it is made at the tenant's first mint, and
//! of first mints at once exactly one makes it. `capabilities.revocations` holds the ids of tokens
//! that are refused.
//!
//! Tokens are kept nowhere. The log knows that one was minted, with every caveat in it, and whoever
//! ordered it has it; so a dump of the database opens no gate. A token belongs to one tenant: the
//! claim is signed, the key is that tenant's own, and a revocation binds in that tenant alone.
//!
//! No restriction is decoration. What gates do not enforce yet is refused at mint by name, rather
//! than written into a token that somebody would rely on.
//!
//! Checks never ask this service: they read the views `capabilities.snapshot_root_keys` and
//! `capabilities.snapshot_revocations` when the tenant's epoch moves, which a first mint and a
//! revocation do, and a later mint does not.

mod api;
mod app;
mod domain;
mod error;
mod problems;
mod store;

use axum::extract::FromRef;
use gw_db::{Db, Role};
use gw_runtime::{Description, Env, Parts, Service};
use gw_web::ProblemInfo;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

/// The service.
pub struct Capabilities;

/// There is nothing to tell it yet.
#[derive(Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapabilitiesConfig {}

/// What every handler has at hand.
#[derive(Clone)]
struct Context {
    db: Db,
}

impl FromRef<Context> for Db {
    fn from_ref(ctx: &Context) -> Self {
        ctx.db.clone()
    }
}

impl Service for Capabilities {
    const NAME: &'static str = "capabilities";
    const ROLE: Role = Role::Capabilities;
    type Config = CapabilitiesConfig;

    async fn build(_: CapabilitiesConfig, env: Env) -> anyhow::Result<Parts> {
        let routes = api::routes().with_state(Context { db: env.db });
        Ok(Parts { routes, ..Parts::default() })
    }

    fn describe() -> Description {
        Description::of(api::routes(), OpenApiRouter::new())
    }

    fn problems() -> &'static [ProblemInfo] {
        problems::PROBLEMS
    }
}
