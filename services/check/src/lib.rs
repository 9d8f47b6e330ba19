//! Decisions: a question in, a signed answer out whose record is already durable.
//!
//! This service owns no configuration. It reads what the others publish, per tenant and within one
//! transaction, into a snapshot ([`snapshot`](self)); decides from that with the pure pipeline of
//! `gw-decision`; and hands what it decided to the journal, which appends it to the tenant's log
//! under the log's head and tells whether it was decided too early. So a check touches no database
//! to decide, and yet a capability that was revoked before the check began is never let through:
//! the epoch under the head is compared with the one the snapshot carries, on every replica alike.
//!
//! The order of one check: its key names a tenant (a claim, which only chooses the snapshot) and
//! is compared with the snapshot's hash; the body is read strictly; the pipeline decides; the
//! record is written, and signed where nothing under the head can change it; the journal makes it
//! durable; the caller gets the answer with the proof. A refusal (a caller that is not known, a
//! gate that is not there) leaves no record, and so no head ever vouches for it: before it is told,
//! the decision is made once more from what is true now.
//!
//! An agent may also ask for itself, in the words of MCP or of a plain call: its capability is then
//! the caller, and the order is the same. The tenant that the token names is a claim; the signature
//! is verified with that tenant's root keys before the token means anything, and a stranger's leaves
//! no trace in any log.
//!
//! A refusal leaves no record, and is counted all the same ([`refusals`](self)): who was refused,
//! why, and how often within a minute, in the log of whoever it was proven to concern.
//!
//! Where a check's processor time goes in this process (`perf`, two cores, 64 connections, each
//! decision signed): a sixth into its signature, half of that into hashing the record for it; a fifth
//! into the kernel, to read the question and to write the answer; a sixth into HTTP and the router's
//! layers; a sixth into JSON, of the record, the answer and the question, in this order; a tenth into
//! memory, and a tenth into the journal. So a record borrows its text and is declared in the order in
//! which it is written, an answer is written once, and no span is made for a check.
//!
//! Reading back is the same attestation, rebuilt to the byte from the log. Until somebody else
//! publishes the log, its key and its newest checkpoint are answered here too.

mod api;
mod app;
mod config;
mod domain;
mod figures;
mod limits;
mod problems;
mod readiness;
mod refusals;
mod snapshot;
mod store;

use std::{ops::Deref, sync::Arc, time::Duration};

use axum::extract::FromRef;
use gw_db::{Db, Role};
use gw_decision::Snapshot;
use gw_journal::{Journal, JournalOptions};
use gw_kernel::TenantId;
use gw_runtime::{Description, Env, Parts, Service, Worker};
use gw_web::ProblemInfo;

pub use config::CheckConfig;

use crate::{
    app::{Decider, Remembered},
    figures::Figures,
    limits::CallerLimits,
    readiness::{JournalConnected, LoaderConnected, TomorrowIsMade},
    refusals::Refusals,
    snapshot::{Place, Snapshots},
};

/// What every use case needs. Every request has one, so it is one pointer.
#[derive(Clone)]
pub(crate) struct Context(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) snapshots: Snapshots,
    pub(crate) decider: Arc<Decider>,
    pub(crate) journal: Journal<Decider>,
    pub(crate) limits: CallerLimits,
    pub(crate) refusals: Refusals,
}

impl Deref for Context {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<Context> for Db {
    fn from_ref(ctx: &Context) -> Self {
        ctx.db.clone()
    }
}

/// The service that decides.
pub enum Check {}

impl Service for Check {
    const NAME: &'static str = "check";
    const ROLE: Role = Role::Check;
    type Config = CheckConfig;

    async fn build(config: CheckConfig, env: Env) -> anyhow::Result<Parts> {
        let place = Place { issuer_host: env.issuer_host.clone() };
        let snapshots = Snapshots::new(&env.db, &config, place);
        let remembered = Remembered::new(config.verified_capabilities_mib);
        let decider = Arc::new(Decider::new(snapshots.clone(), remembered, Arc::clone(&env.clock)));
        let journal = start_journal(&config, &env, Arc::clone(&decider)).await?;
        let limits = CallerLimits::new(config.caller_checks_per_second, Arc::clone(&env.clock));
        let refusals = Refusals::new(Arc::clone(&env.clock));
        let counted = refusals::worker(env.db.clone(), refusals.clone());
        let (db, kept) = (env.db.clone(), journal.clone());
        let shared = Shared { db, snapshots, decider, journal, limits, refusals };
        let ctx = Context(Arc::new(shared));
        Ok(Parts {
            routes: api::routes().with_state(ctx.clone()),
            gate_routes: api::gate_routes().with_state(ctx.clone()),
            workers: vec![until_stopped(kept), counted],
            readiness: vec![
                Arc::new(JournalConnected(ctx.clone())),
                Arc::new(TomorrowIsMade(ctx.clone())),
                Arc::new(LoaderConnected(ctx.clone())),
            ],
            gauges: vec![Arc::new(Figures(ctx))],
        })
    }

    fn describe() -> Description {
        Description::of(api::routes(), api::gate_routes())
    }

    fn problems() -> &'static [ProblemInfo] {
        problems::PROBLEMS
    }
}

async fn start_journal(
    config: &CheckConfig,
    env: &Env,
    decider: Arc<Decider>,
) -> anyhow::Result<Journal<Decider>> {
    let (keys, clock) = (Arc::clone(&env.keys), Arc::clone(&env.clock));
    let db = Db::connect(&env.database, Role::Journal, keys, clock).await?;
    let options = JournalOptions {
        lanes: config.lanes,
        sides: config.sides,
        queue: config.queue,
        commit_timeout: Duration::from_millis(config.commit_timeout_ms),
        ..JournalOptions::new(db.pg_options())
    };
    Ok(Journal::start(options, decider, env.shutdown.clone()).await?)
}

/// The process does not end before the lanes have finished what they were given.
fn until_stopped(journal: Journal<Decider>) -> Worker {
    Worker::new("journal", move |shutdown| {
        let journal = journal.clone();
        async move {
            shutdown.cancelled().await;
            journal.stopped().await;
            Ok(())
        }
    })
}

/// What a tenant's checks are decided from now, read from the tables as checks read it; `db` is in
/// this service's role. For holding it against what the tenant's log tells.
///
/// # Errors
/// When there is no such tenant, or it cannot be loaded.
pub async fn snapshot_now(db: &Db, tenant: TenantId) -> anyhow::Result<Snapshot> {
    let place = Place { issuer_host: String::new() };
    let snapshots = Snapshots::new(db, &CheckConfig::default(), place);
    Ok(snapshots.fresh(tenant).await?.snapshot.clone())
}
