use super::{MerkleError, empty_root, node_hash};
use crate::Hash;

/// Checks that a leaf's hash sits at a position of the tree with this size and root
/// (RFC 9162 section 2.1.3.2).
///
/// # Errors
/// [`MerkleError`], saying whether position, length or root is at fault.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: Hash,
    path: &[Hash],
    root: Hash,
) -> Result<(), MerkleError> {
    if index >= size {
        return Err(MerkleError::OutOfRange { index, size });
    }
    let (mut position, mut last, mut node) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return Err(MerkleError::PathLength);
        }
        if position & 1 == 1 || position == last {
            node = node_hash(sibling, &node);
            while position & 1 == 0 && position != 0 {
                (position, last) = (position >> 1, last >> 1);
            }
        } else {
            node = node_hash(&node, sibling);
        }
        (position, last) = (position >> 1, last >> 1);
    }
    match (last, node == root) {
        (0, true) => Ok(()),
        (0, false) => Err(MerkleError::RootMismatch),
        _ => Err(MerkleError::PathLength),
    }
}

/// Checks that the tree of `old_size` leaves is a beginning of the tree of `new_size`
/// (RFC 9162 section 2.1.4.2). The empty tree is a beginning of every tree, with an empty path.
///
/// # Errors
/// [`MerkleError`], saying whether sizes, length or a root is at fault.
pub fn verify_consistency(
    old_size: u64,
    old_root: Hash,
    new_size: u64,
    new_root: Hash,
    path: &[Hash],
) -> Result<(), MerkleError> {
    if old_size > new_size {
        return Err(MerkleError::OutOfRange { index: old_size, size: new_size });
    }
    if old_size == 0 || old_size == new_size {
        let expected = if old_size == 0 { empty_root() } else { new_root };
        return match (path.is_empty(), old_root == expected) {
            (false, _) => Err(MerkleError::PathLength),
            (true, false) => Err(MerkleError::RootMismatch),
            (true, true) => Ok(()),
        };
    }
    let (seed, rest) = match path.split_first() {
        _ if old_size.is_power_of_two() => (&old_root, path),
        Some((first, rest)) => (first, rest),
        None => return Err(MerkleError::PathLength),
    };
    climb(old_size, old_root, new_size, new_root, *seed, rest)
}

fn climb(
    old_size: u64,
    old_root: Hash,
    new_size: u64,
    new_root: Hash,
    seed: Hash,
    path: &[Hash],
) -> Result<(), MerkleError> {
    let shift = (old_size - 1).trailing_ones();
    let (mut position, mut last) = ((old_size - 1) >> shift, (new_size - 1) >> shift);
    let (mut old, mut new) = (seed, seed);
    for sibling in path {
        if last == 0 {
            return Err(MerkleError::PathLength);
        }
        if position & 1 == 1 || position == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            while position & 1 == 0 && position != 0 {
                (position, last) = (position >> 1, last >> 1);
            }
        } else {
            new = node_hash(&new, sibling);
        }
        (position, last) = (position >> 1, last >> 1);
    }
    match (last, old == old_root && new == new_root) {
        (0, true) => Ok(()),
        (0, false) => Err(MerkleError::RootMismatch),
        _ => Err(MerkleError::PathLength),
    }
}

/// The root of the tree with these leaves' hashes, by the definition (RFC 9162 section 2.1.1).
/// For whole logs in hand; what appends uses a [`super::Frontier`].
#[must_use]
pub fn root_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// The consistency path from the tree of the first `old_size` leaves to that of all of them
/// (RFC 9162 section 2.1.4.1). Empty when the sizes are equal, or `old_size` is none or too many.
#[must_use]
pub fn consistency_path(leaves: &[Hash], old_size: usize) -> Vec<Hash> {
    let mut path = Vec::new();
    if (1..leaves.len()).contains(&old_size) {
        subproof(leaves, old_size, true, &mut path);
    }
    path
}

fn subproof(leaves: &[Hash], old_size: usize, whole: bool, path: &mut Vec<Hash>) {
    if old_size == leaves.len() {
        if !whole {
            path.push(root_of(leaves));
        }
        return;
    }
    let middle = split(leaves.len());
    let (left, right) = leaves.split_at(middle);
    if old_size <= middle {
        subproof(left, old_size, whole, path);
        path.push(root_of(right));
    } else {
        subproof(right, old_size - middle, false, path);
        path.push(root_of(left));
    }
}

/// The largest power of two below a number of two or more.
const fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}
