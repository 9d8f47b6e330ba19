//! Who may do what: tenants, the people and machines that act for them, and their API keys.
//!
//! A **tenant** is the wall around everything that a customer owns, and this service raises it:
//! creating one makes, in one transaction, its row, its data key (sealed under the root key), the
//! key of its log (sealed under the data key), a first API key that may do everything, and the
//! first entries of its log. Nothing of a tenant exists before all of it does. The platform itself
//! is a tenant too, id zero, behind the same wall; [`bootstrap`] makes it.
//!
//! An **operator** is a person with roles; a **role** is a set of scopes, and the most that the
//! person's keys may do. An **API key** belongs to an operator or to a machine, so that every entry
//! of the log names who acted. Its secret is 256 random bits, shown once; only its SHA-256 is kept.
//! Nobody gives what they do not have: a key's scopes and gates lie within those of the key that
//! made it. Keys are never deleted, only revoked: what they did stays attributable.
//!
//! A tenant has **limits**: how many gates, keys and operators it may have, and how many checks a
//! second. The platform sets them. What is counted is counted under the tenant's head, together with
//! what is added, so a limit of N is N whoever else adds something at the same moment.
//!
//! Every caller is looked up in the view `tenants.published_keys`, in the same transaction order as
//! everything else, so suspension and revocation act on the next request, and, because both move
//! the tenant's epoch, on the next decision.
//!
//! Secrets are sealed under the tenant's data key, that under the root key, and both can be replaced
//! while everybody goes on ([`keys`]).
//!
//! When a key was last used is not kept: an honest answer would cost a write per use, and an
//! approximate one would be read as if it were exact.

mod api;
mod app;
pub mod bootstrap;
mod config;
mod domain;
mod error;
pub mod keys;
mod problems;
mod store;

use std::sync::Arc;

use axum::extract::FromRef;
use gw_db::{Db, Role, sealed::SealedColumn};
use gw_kernel::Clock;
use gw_runtime::{Description, Env, Parts, Service};
use gw_web::ProblemInfo;
use utoipa_axum::router::OpenApiRouter;

pub use config::TenantsConfig;
pub use domain::Limits;
pub use error::TenantsError;

/// What every handler is given.
#[derive(Clone)]
struct Context {
    db: Db,
    clock: Arc<dyn Clock>,
    issuer_host: Arc<str>,
    new_tenant_limits: Limits,
}

impl FromRef<Context> for Db {
    fn from_ref(ctx: &Context) -> Self {
        ctx.db.clone()
    }
}

/// The service.
#[derive(Debug)]
pub enum Tenants {}

impl Service for Tenants {
    const NAME: &'static str = "tenants";
    const ROLE: Role = Role::Tenants;
    type Config = TenantsConfig;

    async fn build(config: TenantsConfig, env: Env) -> anyhow::Result<Parts> {
        let new_tenant_limits = config.new_tenant_limits.check()?;
        let issuer_host = Arc::from(env.issuer_host);
        let ctx = Context { db: env.db, clock: env.clock, issuer_host, new_tenant_limits };
        Ok(Parts { routes: api::routes().with_state(ctx), ..Parts::default() })
    }

    fn describe() -> Description {
        Description::of(api::routes(), OpenApiRouter::new())
    }

    fn problems() -> &'static [ProblemInfo] {
        problems::PROBLEMS
    }

    fn sealed() -> &'static [SealedColumn] {
        keys::SEALED
    }
}
