//! Capabilities: tokens that say which agent may do what, until when and how often.
//!
//! The service owns three tables. `capabilities.root_keys` holds, sealed under the tenant's data key,
//! the key that the tenant's tokens are chained from; it is made at the tenant's first mint, and
//! of first mints at once exactly one makes it. Beside it stands, sealed too, the key that signs
//! what was minted when, for whoever cannot check a MAC. Both rotate together; what was minted
//! before stays good for an overlap. `capabilities.revocations` holds what is refused: tokens, roots
//! of chains, hops, and agents up to an epoch. `capabilities.endings` holds when tokens end by
//! themselves, so that their revocations can be forgotten.
//!
//! Tokens are kept nowhere, but for a day in the sealed answer to a request with an idempotency
//! key. The log knows that one was minted, with every caveat in it, and whoever ordered it has it;
//! so a dump of the database opens no gate. A token belongs to one tenant: the claim is signed, the
//! key is that tenant's own, and a revocation binds in that tenant alone.
//!
//! No restriction is decoration: every caveat that can be minted is enforced by every gate.
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
use gw_db::{Db, Role, sealed::SealedColumn};
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

    fn sealed() -> &'static [SealedColumn] {
        &[
            SealedColumn {
                table: "capabilities.root_keys",
                id: "id",
                column: "sealed",
                place: domain::root_key_place,
            },
            SealedColumn {
                table: "capabilities.root_keys",
                id: "id",
                column: "statement_sealed",
                place: domain::statement_key_place,
            },
        ]
    }
}
