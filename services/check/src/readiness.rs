//! What has to hold before this process is sent checks.

use futures::{FutureExt as _, future::BoxFuture};
use gw_runtime::{ReadinessCheck, unreachable};

use crate::Context;

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
            connected.map(|()| "configuration can be loaded".to_owned()).map_err(unreachable)
        };
        connected.boxed()
    }
}
