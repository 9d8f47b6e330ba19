//! What every process checks of its database before traffic is welcome.

use std::sync::Arc;

use futures::{FutureExt, future::BoxFuture};
use gw_db::{Db, DbError, Reason};
use gw_kernel::Clock;

use crate::ReadinessCheck;

/// The clocks of the process and of Postgres may differ by this much, in seconds.
const SKEW: i64 = 5;

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
            let theirs = self.db.ping().await.map_err(unreachable)?;
            let skew = (self.clock.now() - theirs).num_seconds().abs();
            if skew > SKEW {
                return Err(format!("its clock and ours are {skew} s apart"));
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
            if !waits(&self.db).await.map_err(unreachable)? {
                let advice = "the log has one copy: configure a synchronous standby, or set \
                              journal.single_copy = true";
                return Err(advice.to_owned());
            }
            Ok("a commit waits for a standby".to_owned())
        }
        .boxed()
    }
}

/// Whether a commit waits for another machine.
async fn waits(db: &Db) -> Result<bool, DbError> {
    let mut tx = db.platform(Reason::Machinery("readiness")).await?;
    let waits = sqlx::query_scalar!(
        r#"select current_setting('synchronous_standby_names') <> ''
              and current_setting('synchronous_commit') not in ('off', 'local') as "waits!""#
    );
    Ok(waits.fetch_one(tx.conn()).await?)
}

/// Readiness is public: it says that the database fails, and the log says how.
fn unreachable(error: DbError) -> String {
    tracing::warn!(%error, "the database does not answer a readiness check");
    "it does not answer".to_owned()
}
