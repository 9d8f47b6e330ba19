use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::VerifierKey;
use super::verifier_key::is_name;

/// A note with more signature lines than this is not read.
const MAX_SIGNATURES: usize = 64;

/// A note as it was read; nothing about it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is signed, the newline at its end included.
    pub text: String,
    /// Its signature lines, in order.
    pub signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub key_id: u32,
    /// The signature: 64 bytes, where the key is an Ed25519 one.
    pub signature: Vec<u8>,
}

/// Why a text is not a note, or a note is not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not of a note's form.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// A key that is known did not make the signature that goes by its name and id.
    #[error("the signature by `{0}` does not hold")]
    BadSignature(String),
    /// No signature is by a key that is known.
    #[error("the note is signed by no key that is known")]
    NoKnownKey,
}

impl Note {
    /// Reads a note, strictly: no control characters, newlines where they belong, base64 in its
    /// one spelling.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.contains(|c: char| c < ' ' && c != '\n') {
            return Err(NoteError::Malformed("it contains a control character"));
        }
        let end = note.rfind("\n\n").ok_or(NoteError::Malformed("it has no empty line"))?;
        let (text, lines) = (&note[..=end], &note[end + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed("its end is missing"))?;
        let signatures: Vec<_> = lines
            .split('\n')
            .take(MAX_SIGNATURES + 1)
            .map(NoteSignature::parse)
            .collect::<Result<_, _>>()?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::Malformed("it has too many signatures"));
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Checks the signatures by known keys and answers which of the keys signed, each once.
    /// Lines of unknown keys are ignored; a key is known by its name and id together.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] when a known key's signature does not hold;
    /// [`NoteError::NoKnownKey`] when there is none.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, NoteError> {
        let mut signed: Vec<&VerifierKey> = Vec::new();
        for line in &self.signatures {
            for key in keys.iter().filter(|key| line.is_by(key)) {
                key.key()
                    .verify_strict(self.text.as_bytes(), &line.signature)
                    .map_err(|_| NoteError::BadSignature(line.name.clone()))?;
                if !signed.contains(&key) {
                    signed.push(key);
                }
            }
        }
        if signed.is_empty() { Err(NoteError::NoKnownKey) } else { Ok(signed) }
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Result<Self, NoteError> {
        let (name, encoded) = line
            .strip_prefix("\u{2014} ")
            .and_then(|rest| rest.split_once(' '))
            .ok_or(NoteError::Malformed("a signature line has another form"))?;
        if !is_name(name) {
            return Err(NoteError::Malformed("a key's name is empty or has spaces or `+`"));
        }
        let bytes = STANDARD
            .decode(encoded)
            .map_err(|_| NoteError::Malformed("a signature is not strict base64"))?;
        match bytes.split_first_chunk::<4>() {
            Some((id, signature)) if !signature.is_empty() => Ok(Self {
                name: name.to_owned(),
                key_id: u32::from_be_bytes(*id),
                signature: signature.to_vec(),
            }),
            _ => Err(NoteError::Malformed("a signature is too short")),
        }
    }

    fn is_by(&self, key: &VerifierKey) -> bool {
        self.key_id == key.key_id() && self.name == key.name()
    }
}
