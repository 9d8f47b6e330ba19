//! The log, asked: what it says of any object and of any day, and whether it is what it must be.
//!
//! **What it says.** The service follows every tenant's log ([`Audit`]). Administrative entries are
//! kept by the objects that they have to do with, each with what it changed, so that the history of
//! anything is a page of an index, however long ago it was, and however many decisions lie between.
//! Decisions are counted by day, gate, outcome and caller: by what the batch that they were written
//! in says of them, where it accounts for each of its entries, and else by their records, so that the
//! many are not read one by one. All of it is derived: a cursor per tenant moves in the transaction
//! that keeps what the entries say, and positions are consecutive, so each entry counts once,
//! whatever dies on the way and however many processes follow. A decision pays for no index and wakes
//! nobody. Whoever asks is told of what they did before, because asking reads what is missing first;
//! and every answer says how far it goes.
//!
//! **What it forgets.** A decision that is past its tenant's retention loses its body, once whoever
//! follows the log has digested it; nothing else ever does. Its hash stays where it was, so the tree
//! is the one that was signed; and since every administrative entry stays whole, the log itself says
//! for how long bodies had to be kept, and so which of them may be gone.
//!
//! **Whether it is what it must be**: whether a stored log is one that was only ever appended to.
//!
//! [`verify`] reads everything about a tenant's log in one snapshot and hands it, row by row, to a
//! [`Verifier`], which is pure: no SQL, no clock, no memory of the entries that have passed. What it
//! keeps grows with the tenant's gates and budgets, never with the length of the log. It recomputes
//! every leaf, every frontier, every epoch and every checkpoint from the bodies alone, and believes
//! no column that the bodies or the keys do not bear out.
//!
//! It trusts two things. The installation's root key: a public key of the tenant counts only if its
//! private half, sealed under that root key, is still beside it, so that nobody who merely writes to
//! the database can put a key of their own there. And what it is given from outside: earlier
//! checkpoints and receipts ([`Anchor`]), which the log has to contain still. Without any, a log that
//! was cut back to an earlier signed size cannot be told from one that never grew; so the answer
//! says that nothing older was given, and how many entries lie past the newest signed checkpoint.
//!
//! The first thing that does not hold ends it, as a [`Finding`] with its position. There is nothing
//! useful to say about what lies behind.
//!
//! [`replay`] asks another question of the same rows: whether what was decided is what had to be
//! decided. A [`Replayer`] rebuilds the tenant's configuration from the log's own events
//! ([`History`]), and at every decision it runs the pipeline that production runs, on the question
//! that the record pins; the record that this makes has to be the stored one, byte for byte. What
//! no log can hold is secrets: that the caller's was right, and whether a token's signature was
//! good, is taken from the record, and counted ([`OnTrust`]).

mod api;
mod app;
mod config;
mod domain;
mod error;
mod problems;
mod query_error;
mod retention;
mod store;
mod worker;

use std::time::Duration;

use axum::extract::FromRef;
use gw_db::{Db, Role};
use gw_runtime::{Description, Env, Parts, Service};
use gw_web::ProblemInfo;
use utoipa_axum::router::OpenApiRouter;

pub use app::{Progress, replay, verify};
pub use config::AuditConfig;
pub use domain::{
    Anchor, AnchorError, Batch, Counter, Difference, Disagreement, Entry, Finding, GateKeyRow,
    History, Keyring, LogKeyRow, OnTrust, Problem, Replay, Replayer, Report, Stopped, StoppedAt,
    UniqueIds, Unlearnt, Verifier,
};
pub use error::AuditError;

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

/// The service that follows every log.
#[derive(Debug)]
pub enum Audit {}

impl Service for Audit {
    const NAME: &'static str = "audit";
    const ROLE: Role = Role::Audit;
    type Config = AuditConfig;

    async fn build(config: AuditConfig, env: Env) -> anyhow::Result<Parts> {
        let poll = Duration::from_millis(config.poll_ms.max(1));
        let retention = Duration::from_millis(config.retention_poll_ms.max(1));
        let workers = vec![
            worker::following(env.db.clone(), poll),
            retention::forgetting(env.db.clone(), retention),
        ];
        let routes = api::routes().with_state(Context { db: env.db });
        Ok(Parts { routes, workers, ..Parts::default() })
    }

    fn describe() -> Description {
        Description::of(api::routes(), OpenApiRouter::new())
    }

    fn problems() -> &'static [ProblemInfo] {
        problems::PROBLEMS
    }
}
