//! What every process checks of its database before traffic is welcome.

use std::sync::Arc;

use futures::{FutureExt, future::BoxFuture};
use gw_db::{Db, DbError};
use gw_kernel::Clock;

use crate::ReadinessCheck;

/// A process whose clock is further off, in milliseconds, serves nobody: credentials have edges.
const MAX_SKEW_MS: i64 = 500;

/// That a service reaches its database, and that both know what time it is.
pub(crate) fn reachable(
    service: &'static str,
    db: Db,
    clock: Arc<dyn Clock>,
) -> Arc<dyn ReadinessCheck> {
    Arc::new(Reachable { name: format!("database ({service})"), db, clock })
}

/// That what is committed survives the loss of one machine.
pub(crate) fn standby(db: Db) -> Arc<dyn ReadinessCheck> {
    Arc::new(Standby { db })
}

struct Reachable {
    name: String,
    db: Db,
    clock: Arc<dyn Clock>,
}

impl ReadinessCheck for Reachable {
    fn name(&self) -> &str {
        &self.name
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        async move {
            let before = self.clock.now();
            let theirs = self.db.ping().await.map_err(unreachable)?.now;
            let after = self.clock.now();
            // Their clock was read between ours: only what lies outside is a difference.
            let skew = (before - theirs).max(theirs - after).num_milliseconds();
            if skew > MAX_SKEW_MS {
                return Err(format!("its clock and ours are {skew} ms apart"));
            }
            Ok("it answers".to_owned())
        }
        .boxed()
    }
}

struct Standby {
    db: Db,
}

impl ReadinessCheck for Standby {
    fn name(&self) -> &str {
        "standby"
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        async move {
            if !self.db.ping().await.map_err(unreachable)?.waits_for_standby {
                let advice = "the log has one copy: configure a synchronous standby, or set \
                              journal.single_copy = true";
                return Err(advice.to_owned());
            }
            Ok("a commit waits for a standby".to_owned())
        }
        .boxed()
    }
}

/// Readiness is public: it says that the database fails, and the log says how.
#[must_use]
pub fn unreachable(error: DbError) -> String {
    tracing::warn!(%error, "the database does not answer a readiness check");
    "it does not answer".to_owned()
}
