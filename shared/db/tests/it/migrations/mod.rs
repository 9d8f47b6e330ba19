//! Every migration runs while the release before it serves, so it expands, and takes no lock that
//! anybody notices. What that forbids is read out of the files by a parser of Postgres' own
//! language ([`rules`]), and shown by applying each beside transactions that are under way
//! ([`beside`]).

use std::{fs, ops::RangeInclusive, path::Path};

use self::{history::History, rules::Refused};

mod beside;
mod columns;
mod examples;
mod history;
mod rules;

/// Those that were there before anybody had a database to upgrade. Never one more.
const BASELINE: RangeInclusive<i64> = 1..=23;

/// A migration as it is read here.
struct File {
    number: i64,
    sql: String,
}

/// All of them, in order.
fn files() -> Vec<File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let mut files: Vec<File> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let (number, _) = name.split_once('_').unwrap();
            File { number: number.parse().unwrap(), sql: fs::read_to_string(&path).unwrap() }
        })
        .collect();
    files.sort_by_key(|file| file.number);
    files
}

/// What is refused of these files, each with its number.
fn refused(files: &[File]) -> Vec<(i64, Refused)> {
    let mut history = History::default();
    let mut refused = Vec::new();
    for file in files {
        let found = rules::read(file, &mut history);
        if !BASELINE.contains(&file.number) {
            refused.extend(found.into_iter().map(|refusal| (file.number, refusal)));
        }
    }
    refused
}

#[test]
fn every_migration_expands_and_takes_no_long_lock() {
    let refused = refused(&files());
    let told: Vec<String> =
        refused.iter().map(|(number, refusal)| format!("{number:04}: {refusal}")).collect();
    assert!(told.is_empty(), "\n{}\n", told.join("\n\n"));
}

/// The parser reads all that has been written so far, and the rules are not asleep: before there
/// was anything to upgrade, most of what they forbid was done.
#[test]
fn the_baseline_is_read_and_would_not_pass() {
    let files = files();
    let first = *BASELINE.start();
    assert!(BASELINE.clone().eq(files.iter().map(|file| file.number).take(23)), "none may go");
    assert_eq!(files[0].number, first);
    let mut history = History::default();
    let found: Vec<Refused> = files
        .iter()
        .filter(|file| BASELINE.contains(&file.number))
        .flat_map(|file| rules::read(file, &mut history))
        .collect();
    let unreadable = found.iter().find(|refusal| refusal.rule == rules::Rule::Unreadable);
    assert!(unreadable.is_none(), "{}", unreadable.unwrap());
    for rule in [rules::Rule::Drop, rules::Rule::Rename, rules::Rule::Index, rules::Rule::Rows] {
        assert!(found.iter().any(|refusal| refusal.rule == rule), "{rule:?}");
    }
}
