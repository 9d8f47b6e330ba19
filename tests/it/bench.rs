//! The benchmark runs end to end: its figures are no concern here, what they are figures of is.

use std::process::Command;

use serde_json::Value;

#[test]
fn every_answer_that_was_measured_has_its_row_and_its_receipt() {
    let output = Command::new(env!("CARGO_BIN_EXE_gatewright-under-test"))
        .args(["bench", "check", "--json", "--seconds", "1", "--tenants", "3", "--receipts", "30"])
        .args(["--connections", "1,8"])
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["echo"]["per_second"].as_f64().unwrap() > 0.0);
    let runs = report["runs"].as_array().unwrap();
    for name in ["closed", "fresh credentials", "50 writes a second", "two replicas, affinity"] {
        assert!(runs.iter().any(|run| run["name"] == name), "{name}: {report:#}");
    }
    for run in runs {
        for member in ["per_second", "of_echo", "p50_ms", "p99_ms", "cpu_us", "cpu_of_echo"] {
            assert!(run[member].as_f64().unwrap() > 0.0, "{member}: {run:#}");
        }
        for member in ["postgres_cpu_us", "per_commit", "answer_bytes", "record_bytes"] {
            assert!(run[member].is_number(), "{member}: {run:#}");
        }
        assert!(run["allowed"].as_f64().unwrap() >= 0.9, "{run:#}");
        assert_eq!(run["failed"], 0, "{run:#}");
        if run["name"] != "50 writes a second" {
            assert_eq!(run["rows_per_decision"], 1.0, "{run:#}");
        }
    }
    assert_eq!(
        (&report["receipts"]["verified"], &report["receipts"]["refused"]),
        (&30.into(), &0.into())
    );
}

#[test]
fn a_change_of_a_tenant_costs_the_same_however_much_there_is() {
    let output = Command::new(env!("CARGO_BIN_EXE_gatewright-under-test"))
        .args(["bench", "tenants", "--json", "--quick"])
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert!(output.status.success(), "{log}\n{report:#}");
    assert_eq!(report["bytes_are_equal"], true, "{report:#}");
    let of = |list: &str| report[list].as_array().unwrap().clone();
    for (run, tenants) in of("tenants").iter().zip([2, 6]) {
        assert_eq!(run["tenants"], tenants);
        assert!(run["cold_start_ms"].as_f64().unwrap() > 0.0, "{run:#}");
        assert!(run["first_check"]["p50_ms"].as_f64().unwrap() > 0.0, "{run:#}");
        assert!(run["rss_kib"].as_u64().unwrap() > 1_000, "{run:#}");
    }
    let of_revocations = of("revocations");
    for (run, revocations) in of_revocations.iter().zip([3, 1500]) {
        assert_eq!(run["revocations"], revocations);
        assert!(run["whole_rows"].as_u64().unwrap() >= revocations, "{run:#}");
        for change in ["revocation", "rotation"] {
            let rows = run[change]["rows"].as_u64().unwrap();
            assert!((2..20).contains(&rows), "{change}: {run:#}");
        }
    }
    let whole = |n: usize| of_revocations[n]["whole_bytes"].as_u64().unwrap();
    assert!(whole(1) > whole(0) + 1490 * 26, "the bytes are counted: {of_revocations:#?}");
}
