//! Writes `.sqlx` anew: starts a private Postgres, migrates it, and lets the macros of every crate
//! describe their statements against it. Run it after changing a fixed statement or a migration:
//!
//! `cargo run -p gw-prepare-queries`
//!
//! A crate of its own, without any of the macros: it builds when nothing else does.
#![expect(
    clippy::expect_used,
    reason = "a command for developers: a failure is a sentence and an exit"
)]

use std::{env, fs, path::Path, process::Command, time::SystemTime};

use gw_embedded::{Options, Server};
use sqlx::{Connection, PgConnection, migrate::Migrator};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let queries = root.join(".sqlx");
    let folder = env::temp_dir().join(format!("gatewright-prepare-{}", std::process::id()));
    let server = Server::start(Options::at(folder.clone()), &mut |_| {}).expect("Postgres starts");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime
        .block_on(migrate(server.url(), &root.join("migrations")))
        .expect("the migrations apply");

    if queries.exists() {
        fs::remove_dir_all(&queries).expect(".sqlx can be removed");
    }
    fs::create_dir_all(&queries).expect(".sqlx can be made");
    let built = Command::new(env!("CARGO"))
        .args(["check", "--workspace", "--all-targets"])
        .current_dir(&root)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &queries)
        // Every macro must run, whatever was built before: no two runs have the same URL.
        .env("DATABASE_URL", format!("{}?application_name=prepare-{}", server.url(), moment()))
        .env("CARGO_TARGET_DIR", root.join("target/prepare-queries"))
        .status()
        .expect("cargo runs");
    server.stop();
    drop(fs::remove_dir_all(folder));
    assert!(built.success(), "the workspace does not build against the migrated database");
}

/// Nanoseconds since 1970.
fn moment() -> u128 {
    let since = SystemTime::UNIX_EPOCH.elapsed();
    since.expect("the clock is later than 1970").as_nanos()
}

async fn migrate(url: &str, migrations: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(include_str!("../../../shared/db/src/roles.sql"))
        .execute(&mut connection)
        .await?;
    Migrator::new(migrations).await?.run(&mut connection).await?;
    Ok(())
}
