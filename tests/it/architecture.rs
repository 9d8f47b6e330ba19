//! Who may import whom, read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// What each shared crate may import of ours, transitively closed by hand.
fn allowed(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "gw-kernel" | "gw-embedded" => &[],
        "gw-crypto" => &["gw-kernel"],
        "gw-credentials" | "gw-contracts" => &["gw-kernel", "gw-crypto"],
        "gw-decision" => &["gw-kernel", "gw-crypto", "gw-credentials", "gw-contracts"],
        "gw-db" => &["gw-kernel", "gw-crypto", "gw-contracts"],
        "gw-journal" => &["gw-kernel", "gw-crypto", "gw-contracts", "gw-decision", "gw-db"],
        "gw-web" => &["gw-kernel", "gw-crypto", "gw-contracts", "gw-db"],
        "gw-runtime" => &["gw-kernel", "gw-crypto", "gw-contracts", "gw-db", "gw-web"],
        _ => return None,
    })
}

fn packages() -> Vec<Package> {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    metadata.packages
}

fn normal_dependencies(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Normal)
        .map(|dependency| dependency.name.as_str())
}

#[test]
fn shared_crates_import_only_what_stands_below_them() {
    for package in packages() {
        let Some(allowed) = allowed(&package.name) else { continue };
        for dependency in normal_dependencies(&package) {
            let ours = dependency.starts_with("gw-") || dependency == "gatewright";
            assert!(!ours || allowed.contains(&dependency), "{} -> {dependency}", package.name);
        }
    }
}

#[test]
fn services_never_import_one_another() {
    let packages = packages();
    let services: BTreeMap<_, _> = packages
        .iter()
        .filter(|package| package.manifest_path.as_str().contains("/services/"))
        .map(|package| (package.name.as_str(), package))
        .collect();
    assert!(services.len() >= 5, "{:?}", services.keys());
    for (name, package) in services.iter().filter(|(name, _)| **name != "gatewright") {
        for dependency in normal_dependencies(package) {
            assert!(!services.contains_key(dependency), "{name} -> {dependency}");
            assert_ne!(dependency, "gw-testkit", "{name}: the kit is for tests");
            assert_ne!(dependency, "gw-embedded", "{name}: production brings its own Postgres");
        }
    }
}

#[test]
fn each_heavy_library_has_one_home() {
    let homes: &[(&str, &[&str])] = &[
        ("tokio-postgres", &["gw-journal"]),
        ("sqlx-postgres", &[]),
        ("ed25519-dalek", &["gw-crypto"]),
        ("aws-lc-rs", &["gw-crypto"]),
        ("figment", &["gw-runtime"]),
        ("clap", &["gatewright"]),
    ];
    for package in packages() {
        for dependency in normal_dependencies(&package) {
            for (library, homes) in homes {
                let at_home = homes.contains(&package.name.as_str());
                assert!(dependency != *library || at_home, "{} -> {dependency}", package.name);
            }
        }
    }
}

#[test]
fn pure_crates_know_no_input_or_output() {
    let pure = ["gw-kernel", "gw-crypto", "gw-credentials", "gw-contracts", "gw-decision"];
    let forbidden = ["tokio", "sqlx", "tokio-postgres", "reqwest", "axum", "rand", "tracing"];
    for package in packages().iter().filter(|package| pure.contains(&package.name.as_str())) {
        for dependency in normal_dependencies(package) {
            assert!(!forbidden.contains(&dependency), "{} -> {dependency}", package.name);
        }
    }
}

/// What answers with a decision has idempotency of its own: decided afresh, exact under the head.
const DECIDING: [&str; 4] =
    ["/gates/{gate}/check", "/gates/{gate}/checks", "/v1/mcp", "/v1/tool-call"];

/// What is asked with a body, and changes nothing.
const READING: [&str; 1] = ["/v1/admin/simulate"];

#[test]
fn every_service_that_changes_something_shows_that_it_does_so_once() {
    let documents = gatewright::schema::documents().unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&documents["routes.json"]).unwrap();
    let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    let changing: BTreeSet<String> = rows
        .iter()
        .filter(|row| text(row, "method") != "GET" && !DECIDING.contains(&&*text(row, "path")))
        .filter(|row| !READING.contains(&&*text(row, "path")))
        .map(|row| text(row, "service"))
        .collect();
    assert!(changing.contains("tenants") && changing.contains("gates"), "{changing:?}");
    for service in changing {
        let folder = format!("{}/../services/{service}/tests/it", env!("CARGO_MANIFEST_DIR"));
        let shows = std::fs::read_dir(&folder).unwrap().flatten().any(|file| {
            let source = std::fs::read_to_string(file.path()).unwrap_or_default();
            source.contains("demand_repeatable::<")
        });
        assert!(shows, "{service}'s tests do not call gw_testkit::demand_repeatable");
    }
}
