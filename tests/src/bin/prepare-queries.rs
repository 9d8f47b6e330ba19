//! Writes `.sqlx` anew: starts a private Postgres, migrates it, and lets the macros of every crate
//! describe their statements against it. Run it after changing a fixed statement or a migration.
#![expect(clippy::expect_used, reason = "a command for developers: a failure is a sentence and an exit")]

use std::{env, fs, path::Path, process::Command};

use gw_embedded::{Options, Server};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests stand in the workspace");
    let queries = root.join(".sqlx");
    let folder = env::temp_dir().join(format!("gatewright-prepare-{}", std::process::id()));
    let server = Server::start(Options::at(folder.clone()), &mut |_| {}).expect("Postgres starts");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime
        .block_on(gw_db::migrate(&server.url().into(), |_| {}))
        .expect("the migrations apply");

    if queries.exists() {
        fs::remove_dir_all(&queries).expect(".sqlx can be removed");
    }
    fs::create_dir_all(&queries).expect(".sqlx can be made");
    let built = Command::new(env!("CARGO"))
        .args(["check", "--workspace", "--all-targets"])
        .current_dir(root)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &queries)
        .env("DATABASE_URL", server.url())
        // A folder of its own: every macro must run, whatever was built before.
        .env("CARGO_TARGET_DIR", root.join("target/prepare-queries"))
        .status()
        .expect("cargo runs");
    server.stop();
    drop(fs::remove_dir_all(folder));
    assert!(built.success(), "the workspace does not build against the migrated database");
}
