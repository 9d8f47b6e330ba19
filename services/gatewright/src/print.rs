//! Standard output, for people and for scripts; logs and failures go to standard error.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where a command speaks")]

use serde::Serialize;

pub(crate) fn line(text: &str) {
    println!("{text}");
}

pub(crate) fn error(text: &str) {
    eprintln!("{text}");
}

pub(crate) fn json<T: Serialize>(value: &T) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => println!("{text}"),
        Err(failure) => error(&format!("the answer has no JSON form: {failure}")),
    }
}
