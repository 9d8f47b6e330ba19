//! What tests stand on: a real Postgres, a fresh migrated database each, one service's router with a
//! client that validates every answer against the API's own description, and the tools of other
//! makers that check our work.
//!
//! Nothing here is ever a substitute: the database is Postgres, the roles are those of production
//! and the clock is the only thing that stands still. Each test binary starts one private server,
//! which dies with it; [`database`] copies a migrated template, so tests run side by side.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod age;
mod app;
mod contract;
mod counts;
mod database;
mod forged;
mod repeats;
mod server;
mod tenant;
pub mod tools;

pub use app::{App, app};
pub use contract::Contract;
pub use database::{Database, database};
pub use forged::forged;
pub use repeats::{Repeatable, demand_repeatable};
pub use server::{FaultServer, fault_server};
pub use tenant::TestTenant;
