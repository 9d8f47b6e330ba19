//! JSON read strictly: one meaning for everybody who reads the same bytes.
//!
//! RFC 8259 leaves open what a duplicate member means and RFC 7493 refuses it; so do we, at every
//! depth. Refused as well: a byte order mark, other encodings than UTF-8, text after the value,
//! lone surrogates, nesting past a limit, and U+0000, which Postgres cannot store as text.

mod value;

use std::cell::RefCell;
use std::collections::BTreeMap;

use gw_kernel::{Fault, FaultKind};
use serde::de::DeserializeSeed as _;
use serde_json::Value;
use serde_json::value::RawValue;

/// The deepest nesting that is ever read, whatever the caller allows: the stack is finite.
pub const DEEPEST: usize = 120;

/// Why bytes are not acceptable as JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrictJsonError {
    /// Not JSON, or not UTF-8.
    #[error("the JSON cannot be read: {0}")]
    Malformed(String),
    /// A member name occurs twice in one object.
    #[error("the member `{0}` occurs twice in one object")]
    DuplicateMember(String),
    /// Arrays and objects nest deeper than this many levels.
    #[error("the JSON nests deeper than {0} levels")]
    TooDeep(usize),
    /// U+0000 in a string or member name.
    #[error("the JSON contains the character U+0000")]
    Nul,
}

impl Fault for StrictJsonError {
    fn kind(&self) -> FaultKind {
        FaultKind::Malformed
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "request.malformed",
            Self::DuplicateMember(_) => "request.duplicate_member",
            Self::TooDeep(_) => "request.too_deep",
            Self::Nul => "request.nul",
        }
    }
}

/// Reads a JSON text. A scalar has depth 0, an array or object of scalars depth 1; at most
/// `max_depth` is read, and never more than [`DEEPEST`].
///
/// # Errors
/// [`StrictJsonError`]: the first thing that is wrong, from the left.
pub fn parse(bytes: &[u8], max_depth: usize) -> Result<Value, StrictJsonError> {
    read(text(bytes)?, max_depth)
}

/// Reads a JSON object, and answers its members as they were spelled, to the byte.
///
/// # Errors
/// As [`parse`]; another kind of value than an object is malformed.
pub fn parse_object_raw(
    bytes: &[u8],
    max_depth: usize,
) -> Result<BTreeMap<String, &RawValue>, StrictJsonError> {
    let text = text(bytes)?;
    read(text, max_depth)?;
    serde_json::from_str(text).map_err(|error| StrictJsonError::Malformed(error.to_string()))
}

fn text(bytes: &[u8]) -> Result<&str, StrictJsonError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| StrictJsonError::Malformed("it is not UTF-8".to_owned()))?;
    if text.starts_with('\u{feff}') {
        return Err(StrictJsonError::Malformed("it begins with a byte order mark".to_owned()));
    }
    Ok(text)
}

fn read(text: &str, max_depth: usize) -> Result<Value, StrictJsonError> {
    let max_depth = max_depth.min(DEEPEST);
    let refusal = RefCell::new(None);
    let reader = value::Reader { depth: 0, max_depth, refusal: &refusal };
    let mut json = serde_json::Deserializer::from_str(text);
    let value = reader.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    value.map_err(|error| {
        refusal.into_inner().unwrap_or_else(|| StrictJsonError::Malformed(error.to_string()))
    })
}
