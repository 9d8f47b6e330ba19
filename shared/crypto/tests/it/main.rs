//! Known answers from the specifications, and properties that hold for all inputs.
#![expect(clippy::unwrap_used, reason = "tests")]

mod canonical;
mod keys;
mod merkle;
mod note;
mod receipt;
mod seal;
mod strict;

use gw_crypto::Hash;

/// Bytes from hexadecimal digits.
fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

/// 32 bytes from hexadecimal digits.
fn hash(hex: &str) -> Hash {
    bytes(hex).try_into().unwrap()
}
