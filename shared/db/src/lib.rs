//! The way to the database, and the wall between tenants.
//!
//! Nobody holds a pool or a connection. A service holds a [`Db`], and a use case opens a
//! [`TenantTx`] from it with the caller's identity: one transaction, bound to one tenant, that
//! knows who acts. Row-level security does the rest, because every connection is in a role that it
//! holds for (asserted when the connection is made), every table with a tenant is walled off, and
//! a query with no tenant bound is an error rather than an empty list.
//!
//! What becomes true is said once: [`TenantTx::record`] collects events, and
//! [`TenantTx::commit`] appends them to the tenant's log as the transaction's last statement, in
//! Postgres, under the lock of the tenant's head. It answers the epoch that the caller is told.
//! A transaction that changed something and recorded nothing is refused there.
//!
//! A request that carries an `Idempotency-Key` runs within an [`Attempt`]: its transaction claims the
//! key first, and is committed together with the answer that a repetition gets.
//!
//! Work without a tenant goes through [`PlatformTx`], which demands a [`Reason`]. Snapshots are
//! loaded by a [`Loader`]: a connection of its own, outside the pool, because the pool may be full
//! of transactions that wait for the very head under which the snapshot is loaded.
//!
//! Secrets are sealed under the tenant's data key, and that under the root key. Whoever writes gets
//! the data key for the length of its transaction ([`TenantTx::data_key`]): a rotation waits for it
//! ([`PlatformTx::replace_data_key`]), so nothing is ever sealed under a key that is on its way out.
//!
//! Roles belong to the cluster and not to the database, so [`roles::ensure`] makes them before
//! [`migrate`] runs the migrations, which make everything else. They run while the release before
//! serves, so they only expand (`tests/it/migrations` reads each), and wait for a lock no longer
//! than a check can wait behind them ([`Patience`]).

mod attempt;
mod config;
mod connect;
mod db;
mod entries;
mod error;
pub mod installation;
mod loader;
mod migrate;
mod places;
mod platform;
mod probe;
pub mod query;
mod requests;
mod role;
pub mod roles;
pub mod sealed;
pub mod survey;
mod tenant;

pub use attempt::{Attempt, Standing};
pub use config::{DatabaseConfig, RoleConfig};
pub use db::{Db, PoolUse};
pub use entries::Head;
pub use error::{DbError, OnConstraint};
pub use loader::{Loader, SnapshotTx};
pub use migrate::{Applied, MIGRATIONS, Patience, migrate, migrate_with};
pub use platform::{PlatformTx, Reason};
pub use probe::Pong;
pub use requests::{Fingerprint, Repeated, RequestKey};
pub use role::Role;
pub use tenant::TenantTx;
