//! Histories and usage through the front door: the service's router, over Postgres, as the role
//! `gw_audit`, of entries that the owners' roles wrote.
#![expect(clippy::unwrap_used, reason = "tests")]

mod history;
mod isolation;
mod retention;
mod tally;
mod usage;
mod world;
