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
