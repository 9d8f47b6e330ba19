//! Text signed by named keys (C2SP signed-note): the envelope of checkpoints.
//!
//! A note is text that ends in a newline, an empty line, and one line for every signature. A
//! verifier looks only at the lines of keys that it knows.

mod parse;
mod verifier_key;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::keys::SigningKey;

pub use parse::{Note, NoteError, NoteSignature};
pub use verifier_key::{VerifierKey, VerifierKeyError};

/// Who signs a note: a key, and the name that it goes by.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// A schema-less URL by custom; neither empty nor with spaces or `+`.
    pub name: &'a str,
    /// The private half.
    pub key: &'a SigningKey,
}

impl Signer<'_> {
    /// The public half, as verifiers are told of it.
    #[must_use]
    pub fn verifier_key(&self) -> VerifierKey {
        VerifierKey::new(self.name, self.key.public())
    }
}

/// Signs a text, with one line for each signer. The text has to end in a newline, and gets one
/// where it does not.
#[must_use]
pub fn sign(text: &str, signers: &[Signer<'_>]) -> String {
    let mut note = String::with_capacity(text.len() + 2 + signers.len() * 192);
    note.push_str(text);
    if !text.ends_with('\n') {
        note.push('\n');
    }
    let signed = note.len();
    note.push('\n');
    for signer in signers {
        let mut line = [0; 68];
        line[..4].copy_from_slice(&signer.verifier_key().key_id().to_be_bytes());
        line[4..].copy_from_slice(&signer.key.sign(&note.as_bytes()[..signed]));
        note.push_str("\u{2014} ");
        note.push_str(signer.name);
        note.push(' ');
        STANDARD.encode_string(line, &mut note);
        note.push('\n');
    }
    note
}
