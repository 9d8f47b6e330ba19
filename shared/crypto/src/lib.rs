//! What Gatewright signs, hashes, seals and proves with. Pure: no clock, no randomness, no I/O;
//! seeds, nonces and moments are arguments.
//!
//! A decision is worth what its proof is worth, so every format here is one that somebody else
//! defined and that strangers' tools can check:
//!
//! | module | what | defined by |
//! |---|---|---|
//! | [`canonical`] | one JSON value, one text | RFC 8785 |
//! | [`strict`] | JSON read without ambiguity | RFC 8259, RFC 7493 |
//! | [`keys`] | Ed25519, and how keys are written | RFC 8032, RFC 8037 |
//! | [`merkle`] | trees, frontiers, inclusion, consistency | RFC 6962, RFC 9162 |
//! | [`note`] | text signed by named keys | C2SP signed-note |
//! | [`checkpoint`] | a log's signed root | C2SP tlog-checkpoint |
//! | [`receipt`] | the proof that a record is in a log | C2SP tlog-proof |
//! | [`seal`] | secrets at rest, under a tenant's key and the root key | AES-256-GCM, HKDF |
//!
//! Two libraries share the work. Signing, sealing and HMAC use aws-lc-rs, the fastest that we
//! have and the one below TLS. Verification uses ed25519-dalek's `verify_strict`, because what
//! counts there is refusing small-order keys and non-canonical encodings, on which libraries
//! otherwise differ. Ed25519 is deterministic: both make the same signature, and tests hold them
//! to it.
//!
//! Everything that parses is strict, so that a flipped bit in anything signed or proven is found,
//! and a value has one spelling.

pub mod canonical;
pub mod checkpoint;
mod hash;
pub mod keys;
pub mod merkle;
pub mod note;
pub mod receipt;
pub mod seal;
pub mod strict;

pub use hash::{Hash, constant_time_eq, hmac_sha256, sha256};
