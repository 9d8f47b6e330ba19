//! `gatewright doctor`: a healthy installation is all well, and everything that breaks is found.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use gw_testkit::Database;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::{cli::gatewright, server::Server};

const ROOT_KEY: &str = "GATEWRIGHT__KEYS__ROOT_KEY_FILE";

fn doctor(url: &str, root_key: &Path) -> Command {
    let mut command = gatewright();
    command
        .env("GATEWRIGHT__DATABASE__URL", url)
        .env("GATEWRIGHT__DATABASE__SHARED_LOGIN", "true")
        .env("GATEWRIGHT__JOURNAL__SINGLE_COPY", "true")
        .env(ROOT_KEY, root_key)
        .args(["doctor", "--json"]);
    command
}

/// What was found, as `(check, severity)`, and the exit code.
fn found(command: &mut Command) -> (Vec<Value>, i32) {
    let run = command.output().unwrap();
    let report: Value = serde_json::from_slice(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    let findings = report["findings"].as_array().unwrap().clone();
    for finding in &findings {
        let well = finding["severity"] == "ok";
        assert_eq!(finding.get("advice").is_none(), well, "{finding}");
        assert!(finding["found"].as_str().is_some_and(|text| text.len() > 10), "{finding}");
    }
    (findings, run.status.code().unwrap())
}

#[track_caller]
fn demand(command: &mut Command, check: &str, severity: &str, says: &str) {
    let (findings, code) = found(command);
    let is = |finding: &&Value| finding["check"] == check && finding["severity"] == severity;
    let all = findings.iter().filter(is).map(|finding| finding["found"].as_str().unwrap());
    assert!(all.clone().any(|text| text.contains(says)), "{check}: {findings:#?}");
    let errors = findings.iter().any(|finding| finding["severity"] == "error");
    assert_eq!(code, i32::from(errors));
}

/// Everything that is stored, table by table.
async fn contents(database: &Database) -> String {
    let owner = database.owner().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', schemaname, tablename) from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema') order by 1",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    let mut all = String::new();
    for table in tables {
        let sql = format!(
            "select coalesce(string_agg(t::text, '|' order by t::text), '') from {table} t"
        );
        let rows: String = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&owner).await.unwrap();
        all.push_str(&format!("{table}: {rows}\n"));
    }
    all
}

/// A database that a process was started on, which has ended.
async fn installed() -> (Database, tempfile::TempDir, PathBuf) {
    let database = gw_testkit::database().await;
    let mut server = Server::start(database.url()).await;
    let home = tempfile::tempdir().unwrap();
    let root_key = home.path().join("root.key");
    fs::copy(&server.ready.root_key_file, &root_key).unwrap();
    assert_eq!(server.terminate(), Some(0));
    (database, home, root_key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_installation_is_all_well_and_nothing_changes() {
    let (database, _home, root_key) = installed().await;
    let before = contents(&database).await;
    let (findings, code) = found(&mut doctor(database.url(), &root_key));
    // The tests' login is a superuser, and its server does not wait for the disk; how full the
    // disk is, is the machine's business.
    let expected = |finding: &Value| {
        let check = finding["check"].as_str().unwrap();
        check.starts_with("connection ") || check == "durability" || check == "disk"
    };
    for finding in &findings {
        assert!(finding["severity"] == "ok" || expected(finding), "{finding}");
    }
    for check in
        ["configuration", "clock", "standby", "migrations", "grants", "root key", "log days"]
    {
        assert!(findings.iter().any(|finding| finding["check"] == check), "{check}");
    }
    assert!(code < 2);
    assert_eq!(contents(&database).await, before);

    assert_eq!(gatewright().args(["doctor", "--no-such"]).output().unwrap().status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_keys_and_the_configuration_is_found() {
    let (database, home, root_key) = installed().await;
    let url = database.url();
    let file = |name: &str, text: &str, mode: u32| {
        let path = home.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    };
    let other = file("other", &"11".repeat(32), 0o600);
    demand(&mut doctor(url, &other), "root key", "error", "another root key");
    let previous = "GATEWRIGHT__KEYS__PREVIOUS_ROOT_KEY_FILE";
    demand(doctor(url, &other).env(previous, &root_key), "root key", "warning", "rotation");
    demand(doctor(url, &root_key).env(previous, &other), "root key", "warning", "previous");
    let open = file("open", &fs::read_to_string(&root_key).unwrap(), 0o644);
    demand(&mut doctor(url, &open), "keys.root_key_file", "warning", "0644");
    let nothing = home.path().join("nothing");
    demand(&mut doctor(url, &nothing), "keys.root_key_file", "error", "cannot read");

    demand(
        doctor(url, &root_key).env("GATEWRIGHT__CHECK__LANE", "1"),
        "configuration",
        "error",
        "lane",
    );
    let config = file("config.toml", "[http]\nidle = 3\n", 0o600);
    demand(doctor(url, &root_key).arg("--config").arg(&config), "configuration", "error", "idle");
    demand(
        doctor(url, &root_key).env("GATEWRIGHT__ISSUER_HOST", "other.example"),
        "issuer",
        "error",
        "other.example",
    );
    demand(
        doctor(url, &root_key).env("GATEWRIGHT__JOURNAL__SINGLE_COPY", "false"),
        "standby",
        "error",
        "one copy",
    );
    demand(
        doctor(url, &root_key).env("GATEWRIGHT__DATABASE__MAX_CONNECTIONS", "100000"),
        "connections",
        "error",
        "opens up to",
    );
    demand(
        doctor(url, &root_key).env("GATEWRIGHT__DATABASE__SHARED_LOGIN", "false"),
        "connection gw_gates",
        "error",
        "no database login",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_database_is_found() {
    let (database, _home, root_key) = installed().await;
    let url = database.url();
    let away = "postgres://nobody:hunter2@127.0.0.1:1/nothing";
    demand(&mut doctor(away, &root_key), "database", "error", "");
    let run = doctor(away, &root_key).output().unwrap();
    assert!(!String::from_utf8_lossy(&run.stdout).contains("hunter2"));

    let owner = database.owner().await;
    let run = async |sql: &'static str| sqlx::raw_sql(sql).execute(&owner).await.unwrap();
    run("revoke insert on gw.directory from gw_gates").await;
    demand(&mut doctor(url, &root_key), "grants", "error", "gw_gates insert gw.directory");
    run("grant insert, delete on gw.directory to gw_gates").await;
    demand(&mut doctor(url, &root_key), "grants", "warning", "gw_gates delete gw.directory");
    run("do $$ begin execute format('alter table journal.entries detach partition journal.entries_%s',
         to_char((now() at time zone 'UTC')::date + 3, 'YYYYMMDD')); end $$")
    .await;
    demand(&mut doctor(url, &root_key), "log days", "warning", "no partitions");
    run("insert into journal.acknowledgements select distinct tenant_id, now(), 1 from gw.directory")
        .await;
    demand(&mut doctor(url, &root_key), "log losses", "warning", "acknowledged");
    run("delete from _sqlx_migrations where version = 22").await;
    demand(&mut doctor(url, &root_key), "migrations", "error", "not applied: 22");
    run("update _sqlx_migrations set version = 9999 where version = 21").await;
    demand(&mut doctor(url, &root_key), "migrations", "error", "9999");
    run("drop table _sqlx_migrations").await;
    demand(&mut doctor(url, &root_key), "migrations", "error", "not applied: 1 gw");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_expires_is_found() {
    let (database, home, root_key) = installed().await;
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| home.path().join(name));
    let with = |file: &Path| {
        let mut doctor = doctor(database.url(), &root_key);
        doctor.env("GATEWRIGHT__TLS__CERTIFICATE_FILE", file);
        doctor.env("GATEWRIGHT__TLS__PRIVATE_KEY_FILE", &key);
        doctor
    };
    let days = async |days: i64| {
        let pair = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        let now = rcgen::date_time_ymd(1970, 1, 1) + std::time::UNIX_EPOCH.elapsed().unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        let length = Duration::from_secs(86_400 * days.unsigned_abs());
        params.not_after = if days < 0 { now - length } else { now + length };
        fs::write(&certificate, params.self_signed(&pair).unwrap().pem()).unwrap();
        fs::write(&key, pair.serialize_pem()).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
        with(&certificate)
    };
    demand(&mut days(400).await, "certificate", "ok", "expires in");
    fs::remove_file(&key).unwrap();
    demand(&mut days(5).await, "certificate", "warning", "expires in");
    fs::remove_file(&key).unwrap();
    demand(&mut days(-5).await, "certificate", "error", "expired");
    demand(&mut with(home.path()), "certificate", "error", "cannot read");
}
