use gw_crypto::{
    checkpoint::Checkpoint,
    note::{Note, VerifierKey},
    receipt::Receipt,
    strict,
};
use serde_json::Value;

use super::{Refused, keys::position};

/// The keys of a tenant's log: as verifier keys, or as the tenant's JWKS, which also says which
/// sizes of the log each of them signs.
pub struct LogKeys(Vec<LogKey>);

struct LogKey {
    vkey: VerifierKey,
    signs_from: Option<u64>,
    signs_until: Option<u64>,
}

impl From<&VerifierKey> for LogKeys {
    fn from(vkey: &VerifierKey) -> Self {
        Self(vec![LogKey { vkey: vkey.clone(), signs_from: None, signs_until: None }])
    }
}

impl LogKeys {
    /// Reads verifier keys, one a line, or a JWKS whose keys have `vkey`; others are passed over.
    ///
    /// # Errors
    /// When it is neither, or has no key of a log.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let text = text.trim();
        let keys = if text.starts_with('{') { of_jwks(text)? } else { of_lines(text)? };
        if keys.is_empty() { Err(refuse(&"it has no key of a log")) } else { Ok(Self(keys)) }
    }

    /// Checks a record's receipt: under which checkpoint the log has it.
    pub(super) fn verify(&self, receipt: &Receipt, leaf: &[u8]) -> Result<Checkpoint, Refused> {
        let refuse = |error: &dyn std::fmt::Display| Refused::Receipt(error.to_string());
        let known: Vec<VerifierKey> = self.0.iter().map(|key| key.vkey.clone()).collect();
        let checkpoint = receipt.verify(leaf, &known).map_err(|error| refuse(&error))?;
        let note = Note::parse(&receipt.checkpoint).map_err(|error| refuse(&error))?;
        let signed = note.verify(&known).map_err(|error| refuse(&error))?;
        let may = |key: &LogKey| signed.contains(&&key.vkey) && key.signs(&checkpoint);
        if self.0.iter().any(may) { Ok(checkpoint) } else { Err(Refused::Size(checkpoint.size)) }
    }
}

impl LogKey {
    fn signs(&self, checkpoint: &Checkpoint) -> bool {
        let early = self.signs_from.is_some_and(|from| checkpoint.size < from);
        let late = self.signs_until.is_some_and(|until| checkpoint.size >= until);
        self.vkey.name() == checkpoint.origin && !early && !late
    }
}

fn of_lines(text: &str) -> Result<Vec<LogKey>, Refused> {
    let read = |line: &str| {
        let vkey = line.trim().parse().map_err(|error| refuse(&error))?;
        Ok(LogKey { vkey, signs_from: None, signs_until: None })
    };
    text.lines().map(read).collect()
}

fn of_jwks(text: &str) -> Result<Vec<LogKey>, Refused> {
    let value = strict::parse(text.as_bytes(), 16).map_err(|error| refuse(&error))?;
    let keys = value["keys"].as_array().ok_or_else(|| refuse(&"it has no `keys`"))?;
    keys.iter().filter(|jwk| jwk.get("vkey").is_some()).map(of_jwk).collect()
}

fn of_jwk(jwk: &Value) -> Result<LogKey, Refused> {
    let vkey = jwk["vkey"].as_str().ok_or_else(|| refuse(&"a key's `vkey` is no text"))?;
    Ok(LogKey {
        vkey: vkey.parse().map_err(|error| refuse(&error))?,
        signs_from: position(jwk, "signs_from")?,
        signs_until: position(jwk, "signs_until")?,
    })
}

fn refuse(error: &dyn std::fmt::Display) -> Refused {
    Refused::LogKey(error.to_string())
}
