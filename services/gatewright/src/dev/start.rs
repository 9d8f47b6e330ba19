use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use gw_embedded::{Options, Server};
use gw_runtime::{Config, TlsConfig, telemetry};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio::sync::oneshot;

use super::{
    banner,
    home::{Demo, Home},
    provision,
};
use crate::{host, platform_key, print, ready_file, serve};

/// Starts everything: Postgres, migrations, a demo tenant with a key and a gate, and all services.
///
/// Postgres is the one that DATABASE_URL names, else a private one, found on this machine or
/// fetched. Everything lives in one directory; a second start resumes it.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The address to answer on; port 0 picks one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where everything is kept [default: /var/lib/gatewright/dev for root, else
    /// $XDG_DATA_HOME/gatewright/dev].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Throw away what an earlier start left, and start anew. Refused with a database of your own.
    #[arg(long)]
    fresh: bool,
    /// When ready, write `{"base_url", "platform_key", "tenant_id", "api_key", "gate_id",
    /// "database_url", "root_key_file", "pid"}` there, mode 0600.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut config = serve::load(None)?;
    config.log.filter =
        std::env::var("GATEWRIGHT__LOG__FILTER").unwrap_or_else(|_| "warn".to_owned());
    let telemetry = telemetry::init(&config)?;
    ready_file::clear(arguments.ready_file.as_deref());

    let own = config
        .database
        .url
        .take()
        .or_else(|| std::env::var("DATABASE_URL").ok().map(SecretString::from));
    anyhow::ensure!(
        !(arguments.fresh && own.is_some()),
        "--fresh does not throw away a database of your own: unset DATABASE_URL and GATEWRIGHT__DATABASE__URL",
    );
    let home = Home::open(&arguments.data_dir.unwrap_or_else(default_home), arguments.fresh)?;
    let (url, postgres) = match own {
        Some(url) => (url, None),
        None => start_postgres(&home).map(|server| (server.url().into(), Some(server)))?,
    };
    print::error("migrating the database ...");
    gw_db::migrate(&url, |progress| print::error(&format!("  {progress}"))).await?;

    config.listen.public = arguments.listen;
    config.listen.admin = None;
    config.tls = TlsConfig::default();
    config.database.url = Some(url.clone());
    config.database.shared_login = true;
    config.keys.root_key = None;
    config.keys.root_key_file = Some(home.root_key_file()?);
    config.journal.single_copy = true;
    let outcome =
        serve_demo(config, &home, url.expose_secret(), arguments.ready_file.as_deref()).await;
    ready_file::clear(arguments.ready_file.as_deref());
    if let Some(postgres) = postgres {
        print::error("stopping Postgres ...");
        postgres.stop();
    }
    telemetry.end().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Runs all services; once they answer, makes the demo tenant through them and says so.
async fn serve_demo(
    config: Config,
    home: &Home,
    database_url: &str,
    ready_path: Option<&Path>,
) -> anyhow::Result<()> {
    print::error("starting the services ...");
    let (tell, told) = oneshot::channel();
    let services = host(config.clone()).run(&[], |address| {
        // Nobody listens any more only when the announcement failed, which ends all of it.
        let _ = tell.send(address);
    });
    let announce = async {
        let Ok(address) = told.await else { return Ok(()) };
        let base_url = format!("http://{address}");
        let demo = demo(&config, home, &base_url).await.context("the demo tenant")?;
        if let Some(path) = ready_path {
            let ready = json!({
                "base_url": base_url,
                "platform_key": demo.platform_key,
                "tenant_id": demo.tenant_id,
                "api_key": demo.api_key,
                "gate_id": demo.gate_id,
                "database_url": database_url,
                "root_key_file": config.keys.root_key_file,
                "pid": std::process::id(),
            });
            ready_file::write(path, &ready)?;
        }
        banner::show(&base_url, home, &demo);
        Ok::<(), anyhow::Error>(())
    };
    tokio::pin!(services);
    tokio::select! {
        ended = &mut services => return Ok(ended?),
        announced = announce => announced?,
    }
    Ok(services.await?)
}

/// The demo tenant of an earlier start, if this database still knows it; else a new one.
async fn demo(config: &Config, home: &Home, base_url: &str) -> anyhow::Result<Demo> {
    if let Some(demo) = home.demo()?
        && provision::is_known(base_url, &demo).await?
    {
        return Ok(demo);
    }
    print::error("making the demo tenant ...");
    let platform_key = platform_key::create(config, "gatewright dev").await?;
    let demo = provision::make(base_url, platform_key.expose_secret()).await?;
    home.keep_demo(&demo)?;
    Ok(demo)
}

fn start_postgres(home: &Home) -> anyhow::Result<Server> {
    print::error("starting Postgres ...");
    let mut progress = |text: &str| print::error(&format!("  {text}"));
    Ok(Server::start(Options::at(home.postgres()), &mut progress)?)
}

fn default_home() -> PathBuf {
    gw_embedded::default_data_dir().join("dev")
}
