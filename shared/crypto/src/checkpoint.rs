//! A log's signed root (C2SP tlog-checkpoint): a note whose text is origin, size and root.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Hash;
use crate::note::{self, Note, NoteError, Signer, VerifierKey};

/// What a log looked like at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log; also the name of the log's key.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The tree's root at that size.
    pub root: Hash,
}

/// Why a text is not a checkpoint, or a checkpoint is not its log's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not of a checkpoint's form.
    #[error("not a checkpoint: {0}")]
    Malformed(&'static str),
    /// The note around it does not hold.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Others signed it; the log whose origin it bears did not.
    #[error("the checkpoint is not signed by the log `{0}`")]
    NotByItsLog(String),
}

impl Checkpoint {
    /// The text that is signed: three lines.
    #[must_use]
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// The signed note. By custom the log's own signature comes first, under its origin.
    #[must_use]
    pub fn sign(&self, signers: &[Signer<'_>]) -> String {
        note::sign(&self.body(), signers)
    }

    /// Reads a note's text. Extension lines are allowed and dropped.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        use CheckpointError::Malformed;
        let text = text.strip_suffix('\n').ok_or(Malformed("its end is missing"))?;
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(Malformed("it has fewer than three lines"));
        };
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(Malformed("it has an empty line"));
        }
        let size = parse_decimal(size).ok_or(Malformed("its size is not a plain decimal"))?;
        let root = parse_hash(root).ok_or(Malformed("its root is not 32 bytes in base64"))?;
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// Reads a signed note as a checkpoint, and demands the signature of the very log that it
    /// names: a key whose name is its origin. Cosignatures alone do not do.
    ///
    /// # Errors
    /// [`CheckpointError`], whatever does not hold.
    pub fn open(note: &str, keys: &[VerifierKey]) -> Result<Self, CheckpointError> {
        let note = Note::parse(note)?;
        let signed = note.verify(keys)?;
        let checkpoint = Self::parse(&note.text)?;
        if signed.iter().any(|key| key.name() == checkpoint.origin) {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::NotByItsLog(checkpoint.origin))
        }
    }
}

/// An ASCII decimal in its one spelling: no sign, no leading zero.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let spelled = text == "0" || !text.starts_with('0');
    text.parse().ok().filter(|_| digits && spelled)
}

/// 32 bytes in standard base64 with padding, in its one spelling.
pub(crate) fn parse_hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}
