//! The journal against a real Postgres, as the role that production uses.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod budgets;
mod decider;
mod durability;
mod encryption;
mod faults;
mod halt;
mod keys;
mod order;
mod owner;
mod proxy;
mod reading;
mod resume;
mod socket;
mod statements;
mod tally;
mod world;
