//! How services become a process: registration, configuration, one router, one drain.
//!
//! A [`Service`] is a name, a database role, a configuration type and `build`. A [`Host`] collects
//! them by registration, never by conditionals, and runs any number of them: all in one process
//! on a laptop, one per deployment in production. Because ownership is by route, the host knows
//! without a database which service answers what ([`Host::schema`]), and refuses two services that
//! claim the same method and path.
//!
//! What is decided once for all services is decided here: configuration is compiled-in defaults
//! under a file under the environment, and an unknown key is an error ([`Loader`]); every service
//! connects in its own database role; a listener waits for nobody without end, takes no more than it
//! can answer, shows a certificate that may be renewed, and believes its own proxies alone
//! ([`HttpConfig`], [`TlsConfig`]); administration may have a listener of its own ([`Listen`]); gate
//! routes stand under every mount of [`MOUNTS`]; a process
//! is ready when its services say so ([`ReadinessCheck`]); and on SIGTERM it stops accepting,
//! finishes what is in flight, and only then ends its [`Worker`]s.

mod assemble;
mod config;
mod connection;
mod durability;
mod echo;
mod error;
mod forwarded;
mod health;
mod host;
mod http_config;
mod listen;
mod loader;
pub mod metrics;
mod registered;
mod routes;
mod schema;
mod serve;
mod service;
mod signals;
pub mod telemetry;
mod tls;
mod twins;
mod worker;

pub use assemble::{Assembled, assemble};
pub use config::{Config, JournalConfig, KeysConfig, LogConfig, LogFormat};
pub use durability::unreachable;
pub use echo::echo;
pub use error::RuntimeError;
pub use forwarded::ForwardedHeader;
pub use health::{CheckReport, Readiness, ReadinessCheck, ReadinessReport};
pub use host::Host;
pub use http_config::HttpConfig;
pub use listen::Listen;
pub use loader::Loader;
pub use routes::{MOUNTS, RouteRow};
pub use schema::Schema;
pub use service::{Description, Env, Parts, Service};
pub use telemetry::traces::{OtlpConfig, TelemetryConfig};
pub use tls::{TlsConfig, TlsFiles};
pub use worker::Worker;
