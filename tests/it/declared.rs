//! `gatewright export` and `gatewright apply`: a tenant's configuration as a file.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, process::Output};

use serde_json::{Value, json};

use crate::{cli::gatewright, server::Server};

/// What stands in a file that was written by hand.
const WANTED: &str = "
version: 1
gates:
- gate_id: gate_payments
  name: Payments
  description: Everything that moves money
  profile: L1
  mode: observe
  signing: batch
- gate_id: gate_search
  name: Search
operators:
- mail: Ada@example.com
  name: Ada
  roles: [viewer, auditor]
api_keys:
- name: ci
  scopes: [checks:write]
  gates: [gate_payments]
  checks_per_minute: 600
  expires_at: 2126-01-01T00:00:00Z
- name: Ada's
  scopes: [gates:read]
  operator: ada@example.com
";

struct Tenant {
    server: Server,
    key: String,
    folder: tempfile::TempDir,
}

impl Tenant {
    async fn new() -> Self {
        let server = Server::start(gw_testkit::database().await.url()).await;
        let tenant = Self { server, key: String::new(), folder: tempfile::tempdir().unwrap() };
        tenant.another("first").await
    }

    /// Another tenant of the same server.
    async fn another(mut self, name: &str) -> Self {
        let platform = &self.server.ready.platform_key;
        let body = json!({ "name": name });
        let (_, made) = self.server.send("POST", "/v1/admin/tenants", platform, Some(body)).await;
        self.key = made["api_key"].as_str().unwrap().to_owned();
        self
    }

    fn run(&self, arguments: &[&str]) -> Output {
        gatewright()
            .args(arguments)
            .env("GATEWRIGHT_URL", &self.server.ready.base_url)
            .env("GATEWRIGHT_API_KEY", &self.key)
            .output()
            .unwrap()
    }

    fn export(&self) -> String {
        let run = self.run(&["export"]);
        assert!(run.status.success(), "{run:?}");
        String::from_utf8(run.stdout).unwrap()
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Applies a file: the exit code and what was printed.
    fn apply(&self, yaml: &str, more: &[&str]) -> (i32, String) {
        let file = self.file("applied.yaml", yaml);
        let run = self.run(&[&["apply", file.to_str().unwrap()], more].concat());
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (run.status.code().unwrap(), text(&run.stdout) + &text(&run.stderr))
    }

    async fn epoch(&self) -> Value {
        let (status, gates) = self.server.send("GET", "/v1/gates", &self.key, None).await;
        assert_eq!(status, 200);
        gates["items"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_exported_or_applied_changes_nothing() {
    let tenant = Tenant::new().await;
    let empty = tenant.export();
    let (code, told) = tenant.apply(WANTED, &["--dry-run"]);
    let plan = "+ gate gate_payments\n+ gate gate_search\n+ operator Ada@example.com\n\
                + api key \"ci\"\n+ api key \"Ada's\"\n";
    assert_eq!((code, told.split("not in the file").next()), (0, Some(plan)));
    assert_eq!(tenant.export(), empty, "a plan changes nothing");

    let (code, told) = tenant.apply(WANTED, &["--yes"]);
    assert!(code == 2 && told.contains("--secrets"), "{told}");
    assert_eq!(tenant.export(), empty, "a secret would have been lost");

    let secrets = tenant.folder.path().join("secrets");
    let (code, told) = tenant.apply(WANTED, &["--yes", "--secrets", secrets.to_str().unwrap()]);
    assert!(code == 0 && told.ends_with("applied\n"), "{told}");
    assert_eq!(fs::metadata(&secrets).unwrap().permissions().mode() & 0o777, 0o600);
    let kept = fs::read_to_string(&secrets).unwrap();
    let made = |name: &str| {
        let line = kept.lines().find_map(|line| line.strip_prefix(&format!("{name:?}: ")));
        line.unwrap_or_else(|| panic!("{name}: {kept}")).to_owned()
    };
    let (hers, made) = (made("Ada's"), made("ci"));
    let (status, _) = tenant.server.send("GET", "/v1/gates", &hers, None).await;
    assert_eq!(status, 200, "an operator's, who was made with it");
    let (status, _) = tenant.server.send("GET", "/v1/gates", &made, None).await;
    assert_eq!(status, 403, "it is a key, and may only check");

    let full = tenant.export();
    assert!(!full.contains(&made) && !full.contains(&tenant.key), "nothing secret: {full}");
    for told in ["gate_payments", "mode: observe", "signing: batch", "public_key: ", "prefix: gw_"]
    {
        assert!(full.contains(told), "{told}: {full}");
    }
    let before = tenant.epoch().await;
    for yaml in [full.as_str(), WANTED] {
        for way in ["--dry-run", "--yes"] {
            let (code, told) = tenant.apply(yaml, &[way]);
            assert!(code == 0 && told.starts_with("nothing to change\n"), "{way}: {told}");
        }
    }
    let (code, told) = tenant.apply(&full, &["--yes", "--prune"]);
    assert_eq!((code, told.as_str()), (0, "nothing to change\n"));
    assert_eq!(tenant.epoch().await, before);
    assert_eq!(tenant.export(), full);

    // Another tenant becomes the same, but for what only the server makes.
    let other = tenant.another("second").await;
    let secrets = other.folder.path().join("other secrets");
    let named = full.split("api_keys:").next().unwrap().to_owned();
    let (code, told) = other.apply(&named, &["--yes", "--secrets", secrets.to_str().unwrap()]);
    assert!(code == 0, "{told}");
    assert!(!secrets.exists(), "no key was made");
    let plain = |yaml: &str| {
        let made = ["key_id: ", "public_key: "];
        let lines = yaml.split("api_keys:").next().unwrap().lines();
        lines.filter(|line| !made.iter().any(|it| line.contains(it))).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(plain(&other.export()), plain(&full));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_file_does_not_name_is_removed_only_when_asked() {
    let tenant = Tenant::new().await;
    let secrets = tenant.folder.path().join("secrets");
    tenant.apply(WANTED, &["--yes", "--secrets", secrets.to_str().unwrap()]);
    let without = "version: 1\napi_keys: []\n";
    let (code, told) = tenant.apply(without, &["--yes"]);
    assert!(code == 0 && told.contains("left alone: api key \"ci\""), "{told}");
    assert!(tenant.export().contains("name: ci"));

    let (code, told) = tenant.apply(without, &["--dry-run", "--prune"]);
    assert!(code == 0 && told.contains("- api key \"ci\" (gw_"), "{told}");
    assert_eq!(told.lines().count(), 2, "neither the key that asks nor another kind: {told}");
    assert!(tenant.apply(without, &["--yes", "--prune"]).1.ends_with("applied\n"));
    let left = tenant.export();
    assert!(!left.contains("name: ci") && left.contains("gate_search"), "{left}");
    assert!(tenant.apply(without, &["--yes", "--prune"]).1.starts_with("nothing to change"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_said_before_anything_is_done() {
    let tenant = Tenant::new().await;
    let empty = tenant.export();
    let gate = "gate_01kge3h9000000000000000000";
    for (yaml, why) in [
        (format!("gates: [{{gate_id: {gate}, name: A}}]"), "only the server gives ids"),
        ("gates: [{gate_id: gate_a, name: A, state: archived}]".to_owned(), "is active"),
        (
            "api_keys: [{name: a, scopes: [], operator: b@c}]".to_owned(),
            "is neither there nor in the file",
        ),
    ] {
        let (code, told) = tenant.apply(&format!("version: 1\n{yaml}\n"), &["--yes"]);
        assert!(code == 1 && told.starts_with("! ") && told.contains(why), "{told}");
    }
    let unknown = "version: 1\ngates:\n- gate_id: gate_a\n  name: A\n  colour: red\n";
    let (code, told) = tenant.apply(unknown, &["--yes"]);
    assert!(code == 2 && told.contains("colour") && told.contains("line 5"), "{told}");
    let (code, told) = tenant.apply("version: 1\ngates: [{gate_id: '?', name: A}]\n", &["--yes"]);
    assert!(code == 2 && told.contains("gate gate ?") || told.contains("+ gate ?"), "{told}");
    assert_eq!(tenant.apply("version: 1\n", &[]).0, 2, "one says whether to do it");
    assert_eq!(tenant.apply("version: 1\n", &["--yes", "--dry-run"]).0, 2);
    assert_eq!(tenant.export(), empty);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_changed_and_no_more() {
    let tenant = Tenant::new().await;
    let secrets = tenant.folder.path().join("secrets");
    tenant.apply(WANTED, &["--yes", "--secrets", secrets.to_str().unwrap()]);
    let changed = WANTED
        .replace("name: Payments", "name: Payouts")
        .replace("name: Search", "name: Find\n  state: archived")
        .replace("roles: [viewer, auditor]", "roles: [admin]\n  state: suspended");
    let plan = "~ gate gate_payments: name \"Payments\" -> \"Payouts\"\n\
                ~ gate gate_search: name \"Search\" -> \"Find\"\n\
                ~ gate gate_search: state active -> archived\n";
    let (code, told) = tenant.apply(&changed, &["--dry-run"]);
    assert!(code == 0 && told.starts_with(plan), "{told}");
    let (code, told) = tenant.apply(&changed, &["--yes"]);
    assert!(code == 0 && told.ends_with("applied\n"), "{told}");
    assert!(tenant.apply(&changed, &["--yes"]).1.starts_with("nothing to change\n"));
    let (code, told) = tenant.apply(WANTED, &["--yes"]);
    assert!(code == 0 && told.ends_with("applied\n"), "{told}");
    let named = "version: 1\ngates: [{gate_id: gate_search, name: Search}]\n";
    let (code, told) = tenant.apply(named, &["--yes", "--prune"]);
    assert!(code == 0 && told.starts_with("- gate gate_payments\n"), "{told}");
    assert!(tenant.apply(named, &["--yes", "--prune"]).1.starts_with("nothing to change\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_told_and_the_platform_alone_changes_them() {
    let tenant = Tenant::new().await;
    let platform = tenant.server.ready.platform_key.clone();
    let before = tenant.export();
    assert!(before.contains("\nlimits:\n  checks_per_second: "), "{before}");
    for way in ["--dry-run", "--yes"] {
        let (code, told) = tenant.apply(&before, &[way]);
        assert!(code == 0 && told.starts_with("nothing to change\n"), "{way}: {told}");
    }

    let wanted = "version: 1\nlimits: {gates: 7, retention_days: 90}\n";
    for way in ["--dry-run", "--yes"] {
        let (code, told) = tenant.apply(wanted, &[way]);
        let why = "only the platform changes limits: give its key with --platform-key";
        assert!(code == 1 && told.starts_with("! limits: gates ") && told.contains(why), "{told}");
    }
    let (code, told) = tenant.apply(wanted, &["--yes", "--platform-key", &tenant.key]);
    assert!(code == 2 && told.contains("no key of the platform"), "{told}");
    let forged = gw_testkit::forged(&platform);
    let (code, told) = tenant.apply(wanted, &["--yes", "--platform-key", &forged]);
    assert!(code == 2 && told.contains("401"), "{told}");
    for (number, why) in [("gates: 1000001", "1000000"), ("retention_days: 0", "36500")] {
        let yaml = format!("version: 1\nlimits: {{{number}}}\n");
        let (code, told) = tenant.apply(&yaml, &["--yes", "--platform-key", &platform]);
        assert!(code == 2 && told.contains("400") && told.contains(why), "{told}");
    }
    let unknown = tenant.apply("version: 1\nlimits:\n  gate: 7\n", &["--yes"]);
    assert!(unknown.0 == 2 && unknown.1.contains("line 3"), "{unknown:?}");
    let (code, told) = tenant.apply(wanted, &["--dry-run", "--platform-key", &platform]);
    assert!(code == 0 && told.starts_with("~ limits: gates "), "{told}");
    assert_eq!(tenant.export(), before, "nothing was changed");

    // What the file does not name stays, and there is room for what it makes in one go.
    let none = "version: 1\nlimits: {gates: 0}\n";
    let gate =
        "version: 1\nlimits: {gates: 7, retention_days: 90}\ngates: [{gate_id: gate_a, name: A}]\n";
    for (yaml, told_last) in
        [(none, "applied\n"), (gate, "applied\n"), (gate, "nothing to change\n")]
    {
        let (code, told) = tenant.apply(yaml, &["--yes", "--platform-key", &platform]);
        assert!(code == 0 && told.contains(told_last), "{told}");
    }
    let after = tenant.export();
    let lines = |yaml: &str| yaml.split("\ngates:").next().unwrap().to_owned();
    let expected = lines(&before).replace("retention_days: 3650", "retention_days: 90");
    let expected = expected.replace("  gates: 10000\n", "  gates: 7\n");
    assert_eq!(lines(&after), expected);
    let (code, told) = tenant.apply(&after, &["--yes", "--prune"]);
    assert!(code == 0 && told == "nothing to change\n", "without the platform's key: {told}");

    // A key that may not read them exports the rest, and applies a file that does not name them.
    let body = json!({ "name": "narrow",
        "scopes": ["gates:read", "keypairs:read", "operators:read", "api_keys:read"] });
    let (status, made) =
        tenant.server.send("POST", "/v1/admin/api-keys", &tenant.key, Some(body)).await;
    assert_eq!(status, 201, "{made}");
    let narrow = Tenant { key: made["api_key"].as_str().unwrap().to_owned(), ..tenant };
    let exported = narrow.export();
    assert!(!exported.contains("limits:") && exported.contains("gate_a"), "{exported}");
    assert_eq!(narrow.apply(&exported, &["--yes"]).0, 0);
    let (code, told) = narrow.apply(wanted, &["--yes", "--platform-key", &platform]);
    assert!(code == 2 && told.contains("may not read the limits"), "{told}");
}
