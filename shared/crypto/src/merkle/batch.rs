use super::{Frontier, node_hash};
use crate::Hash;

/// Leaves appended together, and the tree's levels above them: every leaf's path without
/// hashing anything again.
#[derive(Debug, Clone)]
pub struct Batch {
    before: Frontier,
    size: u64,
    levels: Vec<Level>,
}

/// The nodes of one level, from an even position to the tree's right edge. A node without a
/// right sibling stands for itself on the next level, as RFC 6962's unbalanced trees want it.
#[derive(Debug, Clone)]
struct Level {
    start: u64,
    nodes: Vec<Hash>,
}

impl Batch {
    /// Appends leaves' hashes to the tree with this frontier. A tree stays below 2^63 leaves, the
    /// most that Postgres can count.
    #[must_use]
    pub fn new(before: Frontier, leaves: Vec<Hash>) -> Self {
        let size = before.size() + leaves.len() as u64;
        let mut levels = Vec::new();
        let mut level = Level { start: before.size(), nodes: leaves };
        if !level.nodes.is_empty() {
            loop {
                level.align(&before, levels.len());
                let above = level.above();
                levels.push(level);
                match above {
                    Some(next) => level = next,
                    None => break,
                }
            }
        }
        Self { before, size, levels }
    }

    /// The frontier that the batch was appended to.
    #[must_use]
    pub const fn before(&self) -> &Frontier {
        &self.before
    }

    /// How many leaves the tree has with the batch.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree that ends with the batch.
    #[must_use]
    pub fn root(&self) -> Hash {
        match self.levels.last().and_then(|top| top.nodes.first()) {
            Some(root) => *root,
            None => self.before.root(),
        }
    }

    /// The frontier after the batch.
    #[must_use]
    pub fn after(&self) -> Frontier {
        if self.levels.is_empty() {
            return self.before.clone();
        }
        let mut hashes = Vec::with_capacity(self.levels.len());
        for (height, level) in self.levels.iter().enumerate().rev() {
            let above = self.size >> height;
            if above & 1 == 1 {
                hashes.extend(level.node(above - 1));
            }
        }
        Frontier::computed(self.size, hashes)
    }

    /// The inclusion path of the leaf at this position of the log, in the tree that ends with
    /// the batch: from the leaf's sibling up (RFC 9162 section 2.1.3.1). Empty for a position
    /// that is not of this batch.
    #[must_use]
    pub fn path(&self, index: u64) -> Vec<Hash> {
        let mut path = Vec::with_capacity(self.levels.len());
        if index < self.before.size() || index >= self.size {
            return path;
        }
        for (height, level) in self.levels.iter().enumerate() {
            path.extend(level.node((index >> height) ^ 1));
        }
        path
    }
}

impl Level {
    /// Puts the left sibling in front, where the level starts at a right one. It is a complete
    /// subtree of the tree before the batch, so the frontier has it.
    fn align(&mut self, before: &Frontier, height: usize) {
        let sibling = u32::try_from(height).ok().and_then(|height| before.at_level(height));
        if let (1, Some(sibling)) = (self.start & 1, sibling) {
            self.nodes.insert(0, sibling);
            self.start -= 1;
        }
    }

    /// The next level; none above the root.
    fn above(&self) -> Option<Self> {
        if self.start == 0 && self.nodes.len() == 1 {
            return None;
        }
        let mut nodes = Vec::with_capacity(self.nodes.len() / 2 + 2);
        for pair in self.nodes.chunks(2) {
            nodes.push(match pair {
                [left, right] => node_hash(left, right),
                [alone] => *alone,
                _ => break,
            });
        }
        Some(Self { start: self.start / 2, nodes })
    }

    fn node(&self, position: u64) -> Option<Hash> {
        let offset = usize::try_from(position.checked_sub(self.start)?).ok()?;
        self.nodes.get(offset).copied()
    }
}
