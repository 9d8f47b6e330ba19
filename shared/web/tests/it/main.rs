//! Through the front door: a small router, with everything around it that a service has.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says why it failed by failing")]

mod auth;
mod client;
mod json;
mod lists;
mod problems;
mod repeat;
