//! The spellings of one JSON text that are signed in practice.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// How a string's characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As the minting gateway writes: raw UTF-8, but `<`, `>`, `&`, U+2028 and U+2029 escaped.
    Gateway,
    /// Raw UTF-8, nothing escaped that need not be: `JSON.stringify`.
    Utf8,
    /// Everything beyond printable ASCII escaped, in UTF-16 units: Python's `json.dumps`.
    Ascii,
}

impl Spelling {
    pub(super) const ALL: [Self; 3] = [Self::Gateway, Self::Utf8, Self::Ascii];

    fn escapes(self, c: char) -> bool {
        match self {
            Self::Gateway => matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'),
            Self::Utf8 => false,
            Self::Ascii => !matches!(c, ' '..='~'),
        }
    }

    /// Appends a JSON string literal.
    pub(super) fn write(self, text: &str, out: &mut String) {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c < ' ' || self.escapes(c) => write_escaped(c, out),
                c => out.push(c),
            }
        }
        out.push('"');
    }
}

fn write_escaped(c: char, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for unit in c.encode_utf16(&mut [0; 2]) {
        out.push_str("\\u");
        for shift in [12, 8, 4, 0] {
            out.push(char::from(HEX[usize::from(*unit >> shift & 0xf)]));
        }
    }
}

/// A caveat's members in the order in which they are signed; others follow as they came.
const MEMBER_ORDER: [&str; 12] = [
    "t",
    "tools",
    "agent",
    "exp",
    "max_calls",
    "step_up_at",
    "callees",
    "callee_zones",
    "servers",
    "rate_per_min",
    "max_cents",
    "risk_max",
];

/// A text that a caveat may have been signed as.
pub(super) struct Candidate<'a> {
    /// The text.
    pub(super) text: Cow<'a, str>,
    /// Who writes it so, as bits: the gateway, raw UTF-8, ASCII, and whoever sent these bytes.
    pub(super) writers: u8,
}

/// Every writer that is known.
pub(super) const ALL_WRITERS: u8 = 0b1111;
const AS_RECEIVED: u8 = 0b1000;

/// The distinct texts that a caveat may have been signed as: compact, with its members in order,
/// in each spelling, and as it was received. All of them say the same.
pub(super) fn candidates(raw: &str) -> Vec<Candidate<'_>> {
    let mut candidates = Vec::new();
    if let Some(members) = members(raw) {
        for (bit, spelling) in Spelling::ALL.into_iter().enumerate() {
            add(&mut candidates, Cow::Owned(respell(&members, spelling)), 1 << bit);
        }
    }
    add(&mut candidates, Cow::Borrowed(raw), AS_RECEIVED);
    candidates
}

fn add<'a>(candidates: &mut Vec<Candidate<'a>>, text: Cow<'a, str>, writer: u8) {
    match candidates.iter_mut().find(|known| known.text == text) {
        Some(known) => known.writers |= writer,
        None => candidates.push(Candidate { text, writers: writer }),
    }
}

fn respell(members: &[(String, &str)], spelling: Spelling) -> String {
    let mut out = String::from("{");
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        spelling.write(name, &mut out);
        out.push(':');
        write_value(value, spelling, &mut out);
    }
    out.push('}');
    out
}

/// Rewrites a JSON value's strings and drops its spaces; every other character stays.
fn write_value(value: &str, spelling: Spelling, out: &mut String) {
    let mut rest = value;
    while let Some(start) = rest.find('"') {
        push_without_spaces(&rest[..start], out);
        let end = literal_end(&rest[start..]) + start;
        match serde_json::from_str::<String>(&rest[start..end]) {
            Ok(text) => spelling.write(&text, out),
            Err(_) => out.push_str(&rest[start..end]),
        }
        rest = &rest[end..];
    }
    push_without_spaces(rest, out);
}

fn push_without_spaces(text: &str, out: &mut String) {
    out.extend(text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\n' | '\r')));
}

/// Where the string literal ends that `text` begins with.
fn literal_end(text: &str) -> usize {
    let mut quoted = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            _ if quoted => quoted = false,
            '\\' => quoted = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// The members of an object, in the order in which they are signed.
fn members(raw: &str) -> Option<Vec<(String, &str)>> {
    let place = |name: &str| MEMBER_ORDER.iter().position(|known| *known == name);
    let mut members = in_order(raw.as_bytes())?;
    members.sort_by_key(|(name, _)| place(name).unwrap_or(MEMBER_ORDER.len()));
    Some(members)
}

/// The members of an object, in the order in which they were received, values byte for byte.
pub(super) fn in_order(json: &[u8]) -> Option<Vec<(String, &str)>> {
    let InOrder(members) = serde_json::from_slice(json).ok()?;
    Some(members.into_iter().map(|(name, value)| (name, value.get())).collect())
}

/// An object's members, in the order in which they were received.
struct InOrder<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for InOrder<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> serde::de::Visitor<'de> for Members {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Members).map(Self)
    }
}
