//! Every credential that a gate accepts, one module a kind: bytes in, a verified principal out.
//!
//! Pure: no clock, no randomness, no I/O. Whoever calls says what time it is and brings the
//! random bytes, so every rule here can be tested with plain values.
//!
//! The order is always the same. **Decode** reads bytes that anybody may have sent, under caps on
//! size, depth and count, before any cryptography runs. **Verify** turns what was decoded into
//! something that can be trusted, and is the only way to get it. **Check** compares it with what is
//! being asked. Whatever cannot be understood is refused by name: a restriction that is ignored is
//! worse than none, because somebody relies on it.

mod error;

pub mod capability;

pub use error::CredentialError;
