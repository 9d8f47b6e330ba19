//! Turns serde's complaint about a value into a problem that points at the member.

use serde_path_to_error::{Error, Path, Segment};

use crate::{Problem, ProblemInfo, codes};

/// The problem for a value that does not fit its type.
pub(crate) fn problem(error: &Error<serde_json::Error>) -> Problem {
    let text = error.inner().to_string();
    let mut pointer = pointer(error.path());
    let (info, member) = classify(&text);
    if let Some(member) = member.filter(|member| !pointer.ends_with(&token(member))) {
        pointer.push_str(&token(member));
    }
    let shown = if pointer.is_empty() { "the body" } else { &pointer };
    Problem::new(&info, format!("{shown}: {text}")).at(pointer)
}

/// Which problem a complaint of serde's is, and the member it names, if it names one.
fn classify(text: &str) -> (ProblemInfo, Option<&str>) {
    let named = |prefix: &str| text.strip_prefix(prefix)?.split_once('`').map(|(name, _)| name);
    if let Some(name) = named("unknown field `") {
        return (codes::UNKNOWN_MEMBER, Some(name));
    }
    if let Some(name) = named("missing field `") {
        return (codes::MISSING_MEMBER, Some(name));
    }
    let info = match text {
        _ if text.starts_with("invalid type: ") => codes::WRONG_TYPE,
        _ if text.starts_with("it must not be longer than ") => codes::TOO_LONG,
        _ => codes::INVALID_VALUE,
    };
    (info, None)
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&token(key)),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// One reference token of a JSON pointer (RFC 6901 section 3).
fn token(member: &str) -> String {
    format!("/{}", member.replace('~', "~0").replace('/', "~1"))
}
