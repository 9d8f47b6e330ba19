//! The proof that a record is in a log (C2SP tlog-proof): its position, the path from it to the
//! root, and the signed root. Offline, against the log's key alone.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Hash;
use crate::checkpoint::{Checkpoint, CheckpointError, parse_decimal, parse_hash};
use crate::merkle::{MerkleError, leaf_hash, verify_inclusion};
use crate::note::VerifierKey;

/// The first line of every receipt.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// No tree of 2^64 leaves has a longer path.
const MAX_PATH: usize = 64;

/// A receipt as it was made or read; reading verifies nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The record's position, from zero.
    pub index: u64,
    /// The inclusion path, from the leaf's sibling up.
    pub path: Vec<Hash>,
    /// The log's checkpoint: the signed note, to the byte.
    pub checkpoint: String,
}

/// Why a text is not a receipt, or a receipt does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not of a receipt's form.
    #[error("not a receipt: {0}")]
    Malformed(&'static str),
    /// The checkpoint does not hold.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The record is not where the receipt says.
    #[error("the record is not in the log: {0}")]
    Inclusion(#[from] MerkleError),
}

impl Receipt {
    /// Reads a receipt, strictly. The optional `extra` line, which nothing vouches for, is
    /// dropped.
    ///
    /// # Errors
    /// [`ReceiptError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        use ReceiptError::Malformed;
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or(Malformed("it has no checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(Malformed("its first line is another one"));
        }
        if let Some(extra) = lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            STANDARD.decode(extra).map_err(|_| Malformed("its extra data are not base64"))?;
            lines.next();
        }
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(parse_decimal)
            .ok_or(Malformed("its index is missing or not a plain decimal"))?;
        let path: Vec<Hash> = lines
            .take(MAX_PATH + 1)
            .map(parse_hash)
            .collect::<Option<_>>()
            .ok_or(Malformed("a line of its path is not 32 bytes in base64"))?;
        if path.len() > MAX_PATH {
            return Err(Malformed("its path is too long"));
        }
        Ok(Self { index, path, checkpoint: checkpoint.to_owned() })
    }

    /// Checks that the record is in the log, at this position, under a checkpoint that the log
    /// signed; answers the checkpoint. `keys` has the log's key, by the log's origin.
    ///
    /// # Errors
    /// [`ReceiptError`], whatever does not hold.
    pub fn verify(&self, leaf: &[u8], keys: &[VerifierKey]) -> Result<Checkpoint, ReceiptError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, keys)?;
        let hash = leaf_hash(leaf);
        verify_inclusion(self.index, checkpoint.size, hash, &self.path, checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\nindex {}", self.index)?;
        let mut line = [0; 44];
        for hash in &self.path {
            let written = STANDARD.encode_slice(hash, &mut line).map_err(|_| fmt::Error)?;
            f.write_str(std::str::from_utf8(&line[..written]).map_err(|_| fmt::Error)?)?;
            f.write_str("\n")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for Receipt {
    type Err = ReceiptError;

    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        Self::parse(text)
    }
}
