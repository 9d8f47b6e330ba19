use base64::{Engine as _, engine::general_purpose::STANDARD};
use gw_crypto::{
    Hash,
    checkpoint::Checkpoint,
    merkle::{leaf_hash, verify_inclusion},
    note::{Note, VerifierKey},
    receipt::Receipt,
    strict,
};
use serde_json::Value;

use super::{Finding, Problem};

/// Something older that somebody kept, which the log has to contain still.
#[derive(Debug, Clone)]
pub struct Anchor {
    name: String,
    note: String,
    size: u64,
    root: Hash,
    record: Option<Record>,
}

#[derive(Debug, Clone)]
struct Record {
    index: u64,
    path: Vec<Hash>,
    leaf: Option<Hash>,
}

/// Why a file is nothing that a log could be held against.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is not a {kind}: {why}")]
pub struct AnchorError {
    name: String,
    kind: &'static str,
    why: String,
}

impl Anchor {
    /// Takes a checkpoint (C2SP tlog-checkpoint) that was kept as `name`. Its signature is looked
    /// at when the log's keys are known.
    ///
    /// # Errors
    /// When it is not a checkpoint.
    pub fn checkpoint(name: &str, text: &str) -> Result<Self, AnchorError> {
        let refuse = |why: &dyn std::fmt::Display| AnchorError {
            name: name.to_owned(),
            kind: "checkpoint",
            why: why.to_string(),
        };
        let note = Note::parse(text).map_err(|error| refuse(&error))?;
        let Checkpoint { size, root, .. } =
            Checkpoint::parse(&note.text).map_err(|error| refuse(&error))?;
        Ok(Self { name: name.to_owned(), note: text.to_owned(), size, root, record: None })
    }

    /// Takes a receipt (C2SP tlog-proof), or the answer or attestation that holds one, in which case
    /// the record itself has to be in the log, too.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn receipt(name: &str, text: &str) -> Result<Self, AnchorError> {
        let refuse = |why: &dyn std::fmt::Display| AnchorError {
            name: name.to_owned(),
            kind: "receipt",
            why: why.to_string(),
        };
        let (receipt, leaf) = if text.trim_start().starts_with('{') {
            let answer = strict::parse(text.as_bytes(), 64).map_err(|error| refuse(&error))?;
            let attestation = answer.get("attestation").unwrap_or(&answer);
            let member = |name| attestation.get(name).and_then(Value::as_str);
            let receipt = member("receipt").ok_or_else(|| refuse(&"it has no `receipt`"))?;
            let record = member("attestation_json")
                .ok_or_else(|| refuse(&"it has no `attestation_json`"))?;
            (receipt.to_owned(), Some(leaf_hash(record.as_bytes())))
        } else {
            (text.to_owned(), None)
        };
        let receipt: Receipt = receipt.parse().map_err(|error| refuse(&error))?;
        let mut anchor =
            Self::checkpoint(name, &receipt.checkpoint).map_err(|error| refuse(&error.why))?;
        anchor.record = Some(Record { index: receipt.index, path: receipt.path, leaf });
        Ok(anchor)
    }

    /// The log's size that it speaks of.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// The position that it speaks of, if it is a receipt.
    pub(crate) fn index(&self) -> Option<u64> {
        self.record.as_ref().map(|record| record.index)
    }

    /// Demands that one of the log's keys has signed it.
    pub(crate) fn signed_by(&self, keys: &[VerifierKey]) -> Result<(), Finding> {
        Checkpoint::open(&self.note, keys).map(drop).map_err(|error| self.refuse(&error))
    }

    /// Demands that the log has this root at its size.
    pub(crate) fn holds_root(&self, root: &Hash) -> Result<(), Finding> {
        if *root == self.root {
            return Ok(());
        }
        let (size, here, there) = (self.size, STANDARD.encode(root), STANDARD.encode(self.root));
        Err(self.refuse(&format!("at size {size} the log's root is {here}, and was {there}")))
    }

    /// Demands that its record is at its position.
    pub(crate) fn holds_leaf(&self, leaf: Hash) -> Result<(), Finding> {
        let Some(record) = &self.record else { return Ok(()) };
        if record.leaf.is_some_and(|known| known != leaf) {
            return Err(self.refuse(&format!("position {} holds another record", record.index)));
        }
        verify_inclusion(record.index, self.size, leaf, &record.path, self.root)
            .map_err(|error| self.refuse(&error))
    }

    /// Demands that the log has not become shorter.
    pub(crate) fn fits(&self, size: u64) -> Result<(), Finding> {
        if self.size <= size {
            return Ok(());
        }
        Err(self.refuse(&format!("the log had {} entries, and has {size}", self.size)))
    }

    fn refuse(&self, why: &dyn std::fmt::Display) -> Finding {
        Problem::Anchor { name: self.name.clone(), why: why.to_string() }.anywhere()
    }
}
