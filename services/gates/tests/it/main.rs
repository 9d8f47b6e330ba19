//! Gates through the front door: the service's router, over Postgres, as the role `gw_gates`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod archive;
mod change;
mod create;
mod isolation;
mod keys;
mod limits;
mod list;
mod refused;
mod repeats;
mod rotation;
mod world;

use serde_json::{Value, json};

/// Under which prefixes the same routes stand.
const MOUNTS: [&str; 4] = ["/v1", "/api/v1", "/api", ""];

/// The smallest request that makes a gate.
fn named(name: &str) -> Value {
    json!({ "name": name })
}
