//! What `deploy/` says fits what the code does; its own validators run in `.ci/deploy`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::cli::gatewright;

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(deploy(name)).unwrap()
}

/// Every metric that a text names, without the endings that histograms add.
fn metrics(text: &str) -> BTreeSet<&str> {
    let word = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let named = text.split(word).filter(|name| name.starts_with("gatewright_"));
    named
        .map(|name| {
            let endings = ["_bucket", "_count", "_sum"];
            endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
        })
        .collect()
}

#[test]
fn dashboard_and_alerts_name_metrics_that_there_are() {
    let known: BTreeSet<_> = gw_runtime::metrics::FAMILIES.iter().map(|family| family.0).collect();
    let dashboard = read("grafana/gatewright.json");
    for text in [&dashboard, &read("prometheus/alerts.yaml")] {
        let named = metrics(text);
        assert!(named.len() > 5, "{named:?}");
        assert!(named.is_subset(&known), "{:?}", named.difference(&known));
    }
    // Whoever adds a figure shows it.
    assert_eq!(metrics(&dashboard), known);
}

#[test]
fn the_dashboard_is_one() {
    let dashboard: Value = serde_json::from_str(&read("grafana/gatewright.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    for panel in panels {
        assert!(panel["title"].is_string() && panel["description"].is_string(), "{panel}");
        assert!(panel["targets"].as_array().unwrap().iter().all(|it| it["expr"].is_string()));
    }
}

#[test]
fn every_alert_has_a_runbook_and_a_test() {
    let alerts = read("prometheus/alerts.yaml");
    let tests = read("prometheus/alerts.test.yaml");
    let names: BTreeSet<_> =
        alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in &names {
        let url = format!("deploy/runbooks/{name}.md");
        assert!(alerts.contains(&format!("runbook_url: {url}\n")), "{name}");
        let runbook = fs::read_to_string(deploy("..").join(url)).unwrap();
        for part in ["# ", "## Where to look", "## What to do"] {
            assert!(runbook.contains(part), "{name}: {part}");
        }
        assert!(tests.contains(&format!("- name: {name}\n")), "{name}");
    }
    let urls = alerts.lines().filter(|line| line.contains("runbook_url: "));
    assert_eq!(urls.count(), names.len());
    for file in fs::read_dir(deploy("runbooks")).unwrap().flatten() {
        let file = file.path();
        let name = file.file_stem().unwrap().to_str().unwrap();
        assert!(names.contains(name), "no alert leads to {name}");
    }
}

/// With its comments taken away, so that every key that it shows is read.
#[test]
fn the_default_configuration_is_known_to_the_loader() {
    let is_key = |line: &str| {
        let name = line.split_once(" = ").map_or("", |(name, _)| name);
        line.starts_with('[')
            || !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    let shown = read("gatewright.toml");
    let bare: Vec<_> =
        shown.lines().map(|line| line.trim_start_matches("# ")).filter(|it| is_key(it)).collect();
    assert!(bare.len() > 25, "{bare:?}");
    let home = tempfile::tempdir().unwrap();
    let secret = home.path().join("secret");
    fs::write(&secret, "postgres://nobody@127.0.0.1:1/nothing").unwrap();
    let configuration = |text: &str| {
        let file = home.path().join("gatewright.toml");
        fs::write(&file, text).unwrap();
        let mut doctor = gatewright();
        doctor.args(["doctor", "--json", "--config"]).arg(file);
        let report: Value = serde_json::from_slice(&doctor.output().unwrap().stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        findings.iter().find(|finding| finding["check"] == "configuration").unwrap().clone()
    };
    let all = bare.join("\n");
    let here = all.lines().map(|line| match line.split_once("_file = ") {
        Some((key, _)) => format!("{key}_file = {:?}\n", secret.to_str().unwrap()),
        None => format!("{line}\n"),
    });
    let here: String = here.collect();
    assert_eq!(configuration(&here)["severity"], "ok", "{}", configuration(&here));
    assert_eq!(configuration(&shown)["severity"], "ok");
    let wrong = here.replace("sides = 2", "side = 2");
    assert_eq!(configuration(&wrong)["severity"], "error");
}
