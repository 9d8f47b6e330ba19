//! `x_file` beside `x`: a secret that stands in a file of its own.

use std::path::{Path, PathBuf};

use figment::value::{Dict, Value};

const SUFFIX: &str = "_file";

/// Replaces every `x_file` by `x` with the file's text, without white space at its end.
pub(crate) fn resolve(dict: Dict) -> Result<Dict, String> {
    let mut resolved = Dict::new();
    for (key, value) in dict {
        let (key, value) = match (key.strip_suffix(SUFFIX), value) {
            (_, Value::Dict(tag, inner)) => (key, Value::Dict(tag, resolve(inner)?)),
            (Some(plain), Value::String(tag, path)) => {
                (plain.to_owned(), Value::String(tag, read(Path::new(&path))?))
            }
            (_, value) => (key, value),
        };
        if resolved.contains_key(&key) {
            return Err(format!("`{key}` and `{key}{SUFFIX}` are both set; set one"));
        }
        resolved.insert(key, value);
    }
    Ok(resolved)
}

/// Every file that is named so, by its key.
pub(crate) fn files(dict: &Dict) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    for (key, value) in dict {
        match value {
            Value::Dict(_, inner) => {
                let inner = self::files(inner).into_iter();
                files.extend(inner.map(|(name, path)| (format!("{key}.{name}"), path)));
            }
            Value::String(_, path) if key.ends_with(SUFFIX) => {
                files.push((key.clone(), PathBuf::from(path)));
            }
            _ => {}
        }
    }
    files
}

/// A secret's text, without white space at its end.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(text.trim_end().to_owned())
}
