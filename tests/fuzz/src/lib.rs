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

/// Reading checks: the files of `gw-check`, whose crate would bring the server and the database.
#[path = "../../../services/check/src/domain/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the service uses the rest")]
mod domain;
