//! Shell globs as capabilities use them, in linear time and without recursion.

/// Whether `text` matches the shell glob `pattern`: `*` and `?` never cross `/`, `[a-z]` and
/// `[^a-z]` (or `[!a-z]`) are classes, `\` quotes the next character.
///
/// A malformed pattern (an open class, a trailing `\`) matches nothing: fail closed. The work is
/// bounded by the product of the two lengths, with no backtracking beyond the last `*`.
#[must_use]
pub fn glob_matches(pattern: &str, text: &str) -> bool {
    let Some(pattern) = parse(pattern) else { return false };
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Piece::Star) => {
                star = Some((p, t));
                p += 1;
            }
            Some(Piece::One(class)) if class.contains(text[t]) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) if text[from] != '/' => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                _ => return false,
            },
        }
    }
    pattern[p..].iter().all(|piece| matches!(piece, Piece::Star))
}

/// Whether the text is a pattern at all: every class is closed, and no `\\` stands last.
#[must_use]
pub fn is_glob(pattern: &str) -> bool {
    parse(pattern).is_some()
}

enum Piece {
    Star,
    One(Class),
}

enum Class {
    Literal(char),
    Any,
    Set { negated: bool, ranges: Vec<(char, char)> },
}

impl Class {
    fn contains(&self, c: char) -> bool {
        match self {
            Self::Literal(literal) => *literal == c,
            Self::Any => c != '/',
            Self::Set { negated, ranges } => {
                c != '/' && ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

fn parse(pattern: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '*' => Piece::Star,
            '?' => Piece::One(Class::Any),
            '\\' => Piece::One(Class::Literal(chars.next()?)),
            '[' => Piece::One(parse_class(&mut chars)?),
            literal => Piece::One(Class::Literal(literal)),
        });
    }
    Some(pieces)
}

fn parse_class(chars: &mut std::str::Chars<'_>) -> Option<Class> {
    let mut ahead = chars.clone();
    let negated = matches!(ahead.next(), Some('^' | '!'));
    if negated {
        chars.next();
    }
    let mut ranges = Vec::new();
    loop {
        let low = match chars.next()? {
            ']' if !ranges.is_empty() => return Some(Class::Set { negated, ranges }),
            ']' | '-' => return None,
            '\\' => chars.next()?,
            c => c,
        };
        let mut ahead = chars.clone();
        let high = if ahead.next() == Some('-') {
            chars.next();
            match chars.next()? {
                ']' | '-' => return None,
                '\\' => chars.next()?,
                c => c,
            }
        } else {
            low
        };
        ranges.push((low, high));
    }
}

#[cfg(test)]
mod tests {
    use super::glob_matches;

    #[test]
    fn stars_and_classes_match_as_in_a_shell() {
        for (pattern, text, expected) in [
            ("read_*", "read_invoice", true),
            ("read_*", "read/invoice", false),
            ("*/b", "a/b", true),
            ("*", "a/b", false),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[!a-c]x", "dx", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("a*b*c", "axxbxxc", true),
            ("a*b*c", "axx/bxxc", false),
            ("*é", "caf\u{e9}", true),
            ("", "", true),
            ("", "x", false),
            ("[a", "a", false),
            ("a\\", "a", false),
        ] {
            assert_eq!(glob_matches(pattern, text), expected, "{pattern} against {text}");
        }
    }

    #[test]
    fn many_stars_take_linear_steps() {
        let pattern = "*a".repeat(120);
        assert!(!glob_matches(&pattern, &"a".repeat(10_000).replace('a', "b")));
        assert!(!glob_matches(&(pattern + "c"), &"a".repeat(8_000)));
    }
}
