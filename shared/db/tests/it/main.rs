//! The wall, the roles and the log's SQL, against Postgres and as the roles that production uses.

#![expect(clippy::unwrap_used, reason = "tests")]

mod append;
mod attempts;
mod catalogue;
mod commit;
mod days;
mod loader;
mod migrating;
mod migrations;
mod places;
mod positions;
mod probe;
mod query;
mod roles;
mod survey;
mod wall;
