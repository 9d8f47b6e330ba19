//! Checks through the front door: the router, the real database, the roles of production.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod archived;
mod budgets;
mod credentials;
mod decisions;
mod dry_run;
mod explain;
mod figures;
mod freshness;
mod idempotency;
mod isolation;
mod kill_switches;
mod limits;
mod loading;
mod log;
mod mcp;
mod observe;
mod operators;
mod reading;
mod refusals;
mod requests;
mod rotation;
mod rpc;
mod tool_call;
mod units;
mod world;
