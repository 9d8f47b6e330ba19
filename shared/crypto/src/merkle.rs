//! Merkle trees (RFC 6962 section 2.1, RFC 9162 section 2.1).

mod batch;
mod frontier;
mod proof;

use sha2::{Digest, Sha256};

use crate::Hash;

pub use batch::Batch;
pub use frontier::Frontier;
pub use proof::{consistency_path, root_of, verify_consistency, verify_inclusion};

/// Why a proof does not hold, or a frontier is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MerkleError {
    /// The position lies outside of the tree, or the older tree is the larger one.
    #[error("position {index} is outside of a tree of {size}")]
    OutOfRange {
        /// The position, or the older tree's size.
        index: u64,
        /// The tree's size.
        size: u64,
    },
    /// A path of another length than the position and the size call for.
    #[error("the path has the wrong length")]
    PathLength,
    /// The path leads to another root.
    #[error("the path does not lead to the root")]
    RootMismatch,
    /// A frontier has one hash for every bit that is set in its size.
    #[error("a frontier of size {size} has {expected} hashes, not {bytes} bytes")]
    Frontier {
        /// The tree's size.
        size: u64,
        /// How many hashes it calls for.
        expected: u32,
        /// How many bytes there were.
        bytes: usize,
    },
}

/// The hash of a leaf: SHA-256 of 0x00 and its bytes.
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0x00]).chain_update(bytes).finalize().into()
}

/// The hash of a node: SHA-256 of 0x01 and its children's hashes.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut node = [0x01; 65];
    node[1..33].copy_from_slice(left);
    node[33..].copy_from_slice(right);
    Sha256::digest(node).into()
}

/// The root of the tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    crate::sha256(b"")
}
