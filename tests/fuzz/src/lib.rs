//! What fuzz targets need besides the code that they drive: the product's own files where that
//! code is private to a service, and a second reader of JSON to compare with.
//!
//! `.ci/fuzz` builds and runs the targets of `src/bin`. Seeds are in `seeds/<target>`: answers,
//! tokens and requests of the running product. `known` has the public keys and the records that
//! those answers are about; the private keys are gone, so that whatever else a verifier accepts
//! is a forgery.

pub mod check_request;
pub mod json;
pub mod known;
pub mod verify;

// The file below speaks of `gw_web`, whose crate would bring the server: of that, this one file.
extern crate self as gw_web;
#[path = "../../../shared/web/src/idempotency_key.rs"]
#[allow(dead_code, reason = "the service uses the rest")]
mod idempotency_key;
pub use idempotency_key::{IdempotencyKey, IdempotencyKeyError};

/// Reading checks: the files of `gw-check`, whose crate would bring the server and the database.
#[path = "../../../services/check/src/domain/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the service uses the rest")]
mod domain;
