//! A process with the echo service, in this one.

use std::net::SocketAddr;

use gw_runtime::{Config, Host, RuntimeError};
use gw_testkit::Database;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::echo::Echo;

pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) ended: JoinHandle<Result<(), RuntimeError>>,
}

pub(crate) fn config(db: &Database) -> Config {
    let mut config = Config::default();
    config.listen.public.set_port(0);
    config.database = db.config();
    config.keys.root_key = Some("42".repeat(32).into());
    config.journal.single_copy = true;
    config
}

pub(crate) async fn start(config: Config) -> Process {
    let (told, ready) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    let host = Host::new(config).service::<Echo>();
    let ended = tokio::spawn(async move {
        let ready = |address| told.send(address).unwrap();
        let stopped = async { stopped.await.unwrap() };
        host.run_until(&[], ready, stopped).await
    });
    Process { address: ready.await.unwrap(), stop, ended }
}

impl Process {
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(self.url(path)).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}
