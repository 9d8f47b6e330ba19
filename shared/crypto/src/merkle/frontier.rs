use super::{MerkleError, empty_root, node_hash};
use crate::Hash;

/// A compact range: the roots of a tree's largest complete subtrees, from left to right.
/// All that is needed to append: one hash for every bit that is set in the size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    hashes: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the tree without leaves.
    #[must_use]
    pub const fn empty() -> Self {
        Self { size: 0, hashes: Vec::new() }
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`MerkleError::Frontier`] unless there are 32 bytes for every bit set in `size`.
    pub fn from_parts(size: u64, bytes: &[u8]) -> Result<Self, MerkleError> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        let expected = size.count_ones();
        if !rest.is_empty() || u32::try_from(hashes.len()) != Ok(expected) {
            return Err(MerkleError::Frontier { size, expected, bytes: bytes.len() });
        }
        Ok(Self { size, hashes: hashes.to_vec() })
    }

    /// The hashes one after the other, the largest subtree's first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.as_flattened().to_vec()
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf's hash (see [`super::leaf_hash`]).
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.hashes.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.hashes.push(node);
        self.size += 1;
    }

    /// The tree's root.
    #[must_use]
    pub fn root(&self) -> Hash {
        let fold = |right: Hash, left: &Hash| node_hash(left, &right);
        match self.hashes.split_last() {
            Some((last, rest)) => rest.iter().rev().fold(*last, fold),
            None => empty_root(),
        }
    }

    /// The root of the complete subtree of 2^`level` leaves that ends the range at that level.
    pub(super) fn at_level(&self, level: u32) -> Option<Hash> {
        let above = self.size.checked_shr(level)?;
        let position = usize::try_from(above.count_ones()).ok()?.checked_sub(1)?;
        if above & 1 == 1 { self.hashes.get(position).copied() } else { None }
    }

    /// A frontier from hashes that are known to fit.
    pub(super) const fn computed(size: u64, hashes: Vec<Hash>) -> Self {
        Self { size, hashes }
    }
}
