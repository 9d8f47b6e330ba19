//! TLS to a server with a certificate of its own, for `localhost`, by a root that only we know.

use std::time::Duration;

use gw_db::DatabaseConfig;
use gw_testkit::fault_server;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::{decider::question, world::World};

const ROOT: &str = include_str!("certificates/ca.pem");
const CERTIFICATE: &str = include_str!("certificates/server.pem");
const KEY: &str = include_str!("certificates/server.key");

const ENCRYPTED: &str = "select count(*) from pg_stat_ssl s join pg_stat_activity a using (pid)
    where s.ssl and a.application_name = 'gatewright-journal' and $1::uuid is not null";

/// Puts a file into the server's data directory, readable by the server alone.
async fn put(world: &World, name: &str, text: &str) {
    let sql = format!(
        "copy (select unnest(string_to_array('{}', E'\\n'))) to program 'umask 077; cat > {name}'",
        text.trim()
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&world.owner.pool).await.unwrap();
}

const PATIENCE: Duration = Duration::from_secs(1);

type Tell = fn(PgConnectOptions) -> PgConnectOptions;

#[tokio::test(flavor = "multi_thread")]
async fn the_lanes_check_certificates_as_they_are_told() {
    let server = fault_server("tls", &[]);
    gw_db::migrate(&server.url().into(), |_| {}).await.unwrap();
    let config = DatabaseConfig {
        url: Some(server.url().into()),
        shared_login: true,
        ..DatabaseConfig::default()
    };
    let plain = World::at(&config, 1, |options| {
        options.connect = options.connect.clone().ssl_mode(PgSslMode::Require);
    })
    .await;
    let refused = plain.ask_within(question(plain.tenants[0]), PATIENCE, None).await;
    assert!(refused.is_err(), "the server has no TLS yet");
    put(&plain, "server.crt", CERTIFICATE).await;
    put(&plain, "server.key", KEY).await;
    plain.owner.run("alter system set ssl = on").await;
    plain.owner.run("select pg_reload_conf()").await;
    plain.ask(question(plain.tenants[0])).await.unwrap();
    assert!(plain.owner.number(ENCRYPTED, plain.tenants[0]).await > 0);
    plain.shutdown.cancel();
    plain.journal.stopped().await;

    let root = |options: PgConnectOptions| options.ssl_root_cert_from_pem(ROOT.into());
    let cases: [(Tell, bool, bool); 5] = [
        (|o| o.ssl_mode(PgSslMode::VerifyCa), false, false),
        (|o| o.ssl_mode(PgSslMode::VerifyCa), true, true),
        (|o| o.ssl_mode(PgSslMode::VerifyFull), true, false),
        (|o| o.ssl_mode(PgSslMode::VerifyFull).host("localhost"), false, false),
        (|o| o.ssl_mode(PgSslMode::VerifyFull).host("localhost"), true, true),
    ];
    for (number, (tell, with_root, wanted)) in cases.into_iter().enumerate() {
        let world = World::at(&config, 1, |options| {
            let told = tell(options.connect.clone());
            options.connect = if with_root { root(told) } else { told };
        })
        .await;
        let answer = world.ask_within(question(world.tenants[0]), PATIENCE, None).await;
        assert_eq!(answer.is_ok(), wanted, "case {number}: {answer:?}");
        world.shutdown.cancel();
    }
    server.stop();
}
