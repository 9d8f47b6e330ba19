use gw_crypto::Hash;
use gw_crypto::merkle::{
    Batch, Frontier, MerkleError, consistency_path, empty_root, leaf_hash, root_of,
    verify_consistency, verify_inclusion,
};
use proptest::prelude::*;

use super::{bytes, hash};

/// The reference leaves of Certificate Transparency, and the root after each.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn reference_leaves() -> Vec<Hash> {
    LEAVES.iter().map(|leaf| leaf_hash(&bytes(leaf))).collect()
}

/// Leaves that differ.
fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|index| leaf_hash(&index.to_be_bytes())).collect()
}

fn frontier(leaves: &[Hash]) -> Frontier {
    let mut frontier = Frontier::empty();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier
}

#[test]
fn the_known_roots_come_out() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(empty_root(), hash(empty));
    assert_eq!(Frontier::empty().root(), hash(empty));
    let leaves = reference_leaves();
    for (index, root) in ROOTS.iter().enumerate() {
        let so_far = &leaves[..=index];
        assert_eq!(root_of(so_far), hash(root));
        assert_eq!(frontier(so_far).root(), hash(root));
        assert_eq!(Batch::new(Frontier::empty(), so_far.to_vec()).root(), hash(root));
    }
}

#[test]
fn the_known_inclusion_paths_come_out() {
    let batch = Batch::new(Frontier::empty(), reference_leaves());
    let path = [
        hash("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
        hash("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
        hash(ROOTS[3]),
    ];
    assert_eq!(batch.path(5), path);
    let three = Batch::new(Frontier::empty(), reference_leaves()[..3].to_vec());
    assert_eq!(three.path(2), [hash(ROOTS[1])]);
}

#[test]
fn the_known_consistency_paths_come_out() {
    let leaves = reference_leaves();
    let known = [
        hash("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"),
        hash("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
        hash(ROOTS[3]),
    ];
    assert_eq!(consistency_path(&leaves, 6), known);
    let known = [
        hash("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
        hash("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
    ];
    assert_eq!(consistency_path(&leaves[..5], 2), known);
}

#[test]
fn every_tree_is_a_beginning_of_every_later_one() {
    let leaves = leaves(40);
    for new in 0..=leaves.len() {
        for old in 0..=new {
            let (old_root, new_root) = (root_of(&leaves[..old]), root_of(&leaves[..new]));
            let path = consistency_path(&leaves[..new], old);
            let verify = |old_root, new_root, path: &[Hash]| {
                verify_consistency(old as u64, old_root, new as u64, new_root, path)
            };
            verify(old_root, new_root, &path).unwrap();
            if old > 0 {
                assert!(verify([0; 32], new_root, &path).is_err(), "{old} {new}");
                assert!(verify(old_root, [0; 32], &path).is_err(), "{old} {new}");
            }
            let longer = [path.as_slice(), &[[0; 32]]].concat();
            assert!(verify(old_root, new_root, &longer).is_err(), "{old} {new}");
            if let Some((_, shorter)) = path.split_last() {
                assert!(verify(old_root, new_root, shorter).is_err(), "{old} {new}");
            }
        }
    }
    let beyond = verify_consistency(2, [0; 32], 1, [0; 32], &[]);
    assert_eq!(beyond, Err(MerkleError::OutOfRange { index: 2, size: 1 }));
}

#[test]
fn a_proof_of_nothing_is_refused() {
    let outside = verify_inclusion(0, 0, [0; 32], &[], empty_root());
    assert_eq!(outside, Err(MerkleError::OutOfRange { index: 0, size: 0 }));
    let leaf = leaf_hash(b"alone");
    verify_inclusion(0, 1, leaf, &[], leaf).unwrap();
    assert_eq!(verify_inclusion(0, 1, leaf, &[leaf], leaf), Err(MerkleError::PathLength));
    assert_eq!(verify_inclusion(0, 2, leaf, &[], leaf), Err(MerkleError::PathLength));
}

#[test]
fn a_frontier_has_a_hash_for_every_bit_of_its_size() {
    assert!(Frontier::from_parts(0, &[]).is_ok());
    assert!(Frontier::from_parts(5, &[0; 64]).is_ok());
    for (size, length) in [(0, 32), (5, 32), (5, 96), (5, 63), (1, 0)] {
        assert!(Frontier::from_parts(size, &vec![0; length]).is_err(), "{size} {length}");
    }
}

#[test]
fn a_log_of_2_to_the_62_leaves_is_no_special_case() {
    let before = Frontier::from_parts((1 << 62) - 1, &[7; 62 * 32]).unwrap();
    let size = before.size();
    let batch = Batch::new(before, leaves(3));
    for (index, leaf) in (size..).zip(leaves(3)) {
        verify_inclusion(index, batch.size(), leaf, &batch.path(index), batch.root()).unwrap();
    }
    assert_eq!(batch.after().root(), batch.root());
}

#[test]
fn a_batch_of_nothing_changes_nothing() {
    let before = frontier(&leaves(11));
    let batch = Batch::new(before.clone(), Vec::new());
    assert_eq!((batch.size(), batch.root()), (11, before.root()));
    assert_eq!(batch.after(), before);
    assert_eq!(batch.path(10), [[0; 32]; 0]);
}

proptest! {
    #[test]
    fn every_leaf_of_every_batch_verifies(old in 0_u64..300, new in 1_u64..80, bit: prop::sample::Index) {
        let all = leaves(old + new);
        let (first, batch) = all.split_at(usize::try_from(old).unwrap());
        let batch = Batch::new(frontier(first), batch.to_vec());
        prop_assert_eq!(batch.root(), root_of(&all));
        prop_assert_eq!(batch.size(), old + new);
        prop_assert_eq!(batch.after(), frontier(&all));
        for index in old..batch.size() {
            let leaf = all[usize::try_from(index).unwrap()];
            let path = batch.path(index);
            let verify = |index, leaf, path: &[Hash], root| {
                verify_inclusion(index, batch.size(), leaf, path, root)
            };
            prop_assert_eq!(verify(index, leaf, &path, batch.root()), Ok(()));
            prop_assert!(verify(index ^ 1, leaf, &path, batch.root()).is_err());
            if !path.is_empty() {
                let mut flipped = path.clone();
                let bit = bit.index(flipped.len() * 256);
                flipped[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
                prop_assert!(verify(index, leaf, &flipped, batch.root()).is_err());
                prop_assert!(verify(index, leaf, &path[1..], batch.root()).is_err());
            }
        }
    }

    #[test]
    fn however_a_log_is_cut_into_batches_it_ends_alike(cuts in prop::collection::vec(0_u64..20, 0..12)) {
        let all = leaves(cuts.iter().sum());
        let (mut at, mut rest) = (Frontier::empty(), all.as_slice());
        for cut in cuts {
            let (batch, later) = rest.split_at(usize::try_from(cut).unwrap());
            at = Batch::new(at, batch.to_vec()).after();
            rest = later;
            let again = Frontier::from_parts(at.size(), &at.to_bytes()).unwrap();
            prop_assert_eq!(&again, &at);
        }
        prop_assert_eq!(&at, &frontier(&all));
        prop_assert_eq!(at.root(), root_of(&all));
    }
}
