use std::{fmt, str::FromStr};

/// A gate's name: `gate_`, and 1 to 40 of `a-z`, `0-9` and `-`.
///
/// Unique in its tenant, and accepted wherever the gate's id is; so it can never look like an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GateName(String);

/// Why a text is no name for a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GateNameError {
    /// Too short, too long, or a character that may not be there.
    #[error("a gate's name is `gate_` and 1 to 40 of `a-z`, `0-9` and `-`")]
    Malformed,
    /// 26 characters of an id's alphabet.
    #[error("a gate's name must not read as an id")]
    ReadsAsId,
}

const PREFIX: &str = "gate_";

impl GateName {
    /// Reads the name that somebody wants to give to a gate; puts `gate_` in front where it lacks.
    ///
    /// # Errors
    /// A text outside the alphabet or the length, and one that reads as an id.
    pub(crate) fn choose(wanted: &str) -> Result<Self, GateNameError> {
        let body = wanted.strip_prefix(PREFIX).unwrap_or(wanted);
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !(1..=40).contains(&body.len()) || !body.bytes().all(allowed) {
            return Err(GateNameError::Malformed);
        }
        if reads_as_id(body) {
            return Err(GateNameError::ReadsAsId);
        }
        Ok(Self(format!("{PREFIX}{body}")))
    }

    /// The whole name, `gate_` included.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Wider than what parses as an id: ids that can never be given out still look like one to people.
fn reads_as_id(body: &str) -> bool {
    let crockford = |b: u8| !matches!(b, b'i' | b'l' | b'o' | b'u' | b'-');
    body.len() == 26 && body.bytes().all(crockford)
}

/// Reads a whole name, as it stands in a path or in Postgres.
impl FromStr for GateName {
    type Err = GateNameError;

    fn from_str(text: &str) -> Result<Self, GateNameError> {
        if text.starts_with(PREFIX) { Self::choose(text) } else { Err(GateNameError::Malformed) }
    }
}

impl fmt::Display for GateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_put_in_front_where_it_lacks() {
        for wanted in ["my-api", "gate_my-api"] {
            assert_eq!(GateName::choose(wanted).unwrap().as_str(), "gate_my-api");
        }
        assert_eq!("my-api".parse::<GateName>(), Err(GateNameError::Malformed));
    }

    #[test]
    fn other_characters_and_lengths_are_refused() {
        let long = "a".repeat(41);
        for wanted in
            ["", "gate_", "My-Api", "a_b", "a b", "caf\u{e9}", "gate_gate_x", "a/b", &long]
        {
            assert_eq!(GateName::choose(wanted), Err(GateNameError::Malformed), "{wanted}");
        }
        assert!(GateName::choose(&"a".repeat(40)).is_ok());
    }

    #[test]
    fn a_name_never_reads_as_an_id() {
        for body in ["01kge3h9abcdefghjkmnpqrstv", "zzzzzzzzzzzzzzzzzzzzzzzzzz"] {
            assert_eq!(body.len(), 26);
            assert_eq!(GateName::choose(body), Err(GateNameError::ReadsAsId));
            assert_eq!(GateName::choose(&format!("gate_{body}")), Err(GateNameError::ReadsAsId));
        }
        assert!(GateName::choose("01kge3h9abcdefghjkmnpqrst-").is_ok());
        assert!(GateName::choose("01kge3h9abcdefghjkmnpqrsti").is_ok());
    }
}
