use std::{fs, process::Output};

use serde_json::{Value, json};

use super::{data_keys, keys, secrets};
use crate::{cli::gatewright, server::Server};

fn said(run: &Output) -> String {
    String::from_utf8(run.stderr.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_cannot_be_says_why() {
    let database = gw_testkit::database().await;
    let server = Server::start(database.url()).await;
    let root_file = &server.ready.root_key_file;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let [one, two] = [file("one", &"11".repeat(32)), file("two", &"22".repeat(32))];
    let previous = "GATEWRIGHT__KEYS__PREVIOUS_ROOT_KEY_FILE";

    let refused = |run: Output, exit: i32, code: &str| {
        assert_eq!(run.status.code(), Some(exit), "{run:?}");
        assert!(said(&run).contains(&format!("gatewright: {code}: ")), "{code}: {}", said(&run));
    };
    let root = || {
        let mut command = keys(&database, &one);
        command.arg("root");
        command
    };
    refused(root().output().unwrap(), 2, "keys.previous_missing");
    refused(root().env(previous, &one).output().unwrap(), 2, "keys.same_key");
    refused(root().env(previous, "/no/such/file").output().unwrap(), 2, "config.invalid");
    let bad = root().env(previous, file("bad", "not a key")).output().unwrap();
    refused(bad, 2, "keys.previous_unreadable");
    refused(root().env(previous, &two).output().unwrap(), 1, "keys.root_mismatch");

    let data = |more: &[&str]| keys(&database, root_file).arg("data").args(more).output().unwrap();
    let nobody = "ten_00000000000000000000000001";
    refused(data(&["--tenant", nobody]), 1, "tenant.not_found");
    let tenant = server.ready.tenant_id.as_str();
    for usage in [&[][..], &["--tenant", "x"], &["--all", "--tenant", tenant]] {
        assert_eq!(data(usage).status.code(), Some(2), "{usage:?}");
    }
    let before = (data_keys(&database).await, secrets(&database).await);
    let looked: Value =
        serde_json::from_slice(&data(&["--all", "--dry-run", "--json"]).stdout).unwrap();
    assert_eq!((&looked["tenants"], &looked["resealed"]), (&json!(2), &json!(before.1.len())));
    assert_eq!((data_keys(&database).await, secrets(&database).await), before);

    let help = gatewright().args(["keys", "rotate"]).output().unwrap();
    assert_eq!(help.status.code(), Some(2));
    for name in ["root", "data", "without downtime"] {
        assert!(said(&help).contains(name), "{}", said(&help));
    }
}
