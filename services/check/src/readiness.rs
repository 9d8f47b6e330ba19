//! What has to hold before this process is sent checks.

use std::sync::Arc;

use chrono::TimeDelta;
use futures::{FutureExt as _, future::BoxFuture};
use gw_db::Db;
use gw_kernel::Clock;
use gw_runtime::ReadinessCheck;

use crate::Context;

/// A replica whose clock is further off than this decides nothing: credentials have edges.
const MAX_SKEW: TimeDelta = TimeDelta::milliseconds(500);

/// The lanes and side connections have a database.
pub(crate) struct JournalConnected(pub(crate) Context);

impl ReadinessCheck for JournalConnected {
    fn name(&self) -> &str {
        "check.journal"
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        let health = self.0.journal.health();
        let (lanes, of, sides) = (health.lanes_connected, health.lanes, health.sides_connected);
        let detail = format!("{lanes} of {of} lanes and {sides} side connections are up");
        let connected = lanes > 0 && sides > 0;
        std::future::ready(if connected { Ok(detail) } else { Err(detail) }).boxed()
    }
}

/// The log has a partition for tomorrow.
pub(crate) struct TomorrowIsMade(pub(crate) Context);

impl ReadinessCheck for TomorrowIsMade {
    fn name(&self) -> &str {
        "check.partitions"
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        let made = self.0.journal.health().tomorrow;
        let answer = if made {
            Ok("the log has a partition for tomorrow".to_owned())
        } else {
            Err("the log has no partition for tomorrow".to_owned())
        };
        std::future::ready(answer).boxed()
    }
}

/// Tenants' configuration can be loaded.
pub(crate) struct LoaderConnected(pub(crate) Context);

impl ReadinessCheck for LoaderConnected {
    fn name(&self) -> &str {
        "check.loader"
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        let connected = async {
            let connected = self.0.snapshots.doors().connected().await;
            connected
                .map(|()| "configuration can be loaded".to_owned())
                .map_err(|error| error.to_string())
        };
        connected.boxed()
    }
}

/// This process and Postgres agree on the time.
pub(crate) struct ClockAgrees {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
}

impl ReadinessCheck for ClockAgrees {
    fn name(&self) -> &str {
        "check.clock"
    }

    fn check(&self) -> BoxFuture<'_, Result<String, String>> {
        async {
            let before = self.clock.now();
            let theirs = self.db.ping().await.map_err(|error| error.to_string())?;
            let after = self.clock.now();
            // Their clock was read between ours: only what lies outside is a difference.
            let skew = (before - theirs).max(theirs - after).max(TimeDelta::zero());
            let detail = format!("the clocks differ by {} ms", skew.num_milliseconds());
            if skew <= MAX_SKEW { Ok(detail) } else { Err(detail) }
        }
        .boxed()
    }
}
