use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use gw_crypto::seal::RootKey;
use gw_db::{Db, Role, sealed::SealedColumn};
use gw_kernel::{Clock, SystemClock};
use gw_web::{Registry, Surround};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    Assembled, Config, Env, Parts, RuntimeError, Schema, Service, assemble, durability,
    metrics::Gauges,
    registered::Registered,
    schema,
    serve::{Door, bind},
    telemetry::{self, traces},
    tls::Tls,
};

/// How long workers may take to end.
const WORKERS_END: Duration = Duration::from_secs(5);

/// Collects services and runs them as one process.
pub struct Host {
    config: Config,
    services: Vec<Registered>,
}

impl Host {
    /// A host without services.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self { config, services: Vec::new() }
    }

    /// Registers a service.
    #[must_use]
    pub fn service<S: Service>(mut self) -> Self {
        self.services.push(Registered::of::<S>());
        self
    }

    /// The names of the services, as `serve` takes them.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.services.iter().map(|service| service.name).collect()
    }

    /// Every column that is sealed under tenants' data keys, and the role of the service whose it is.
    #[must_use]
    pub fn sealed(&self) -> Vec<(Role, SealedColumn)> {
        let of = |service: &Registered| {
            let role = service.role;
            service.sealed.iter().map(move |column| (role, *column))
        };
        self.services.iter().flat_map(of).collect()
    }

    /// Documents all registered services, without a database.
    ///
    /// # Errors
    /// When two of them claim one route or one operation's name.
    pub fn schema(&self) -> Result<Schema, RuntimeError> {
        schema::of(&self.services)
    }

    /// Reads every table of the configuration without starting anything.
    ///
    /// # Errors
    /// The first key that nothing knows, or value that cannot be read.
    pub fn check_config(&self) -> Result<(), RuntimeError> {
        let names = self.names();
        if let Some(unknown) =
            self.config.services.keys().find(|key| !names.contains(&key.as_str()))
        {
            return Err(RuntimeError::Config(format!("unknown configuration key `{unknown}`")));
        }
        self.config.http.check()?;
        self.config.tls.files()?;
        self.config.telemetry.otlp.check()?;
        let mut services = self.services.iter();
        services.try_for_each(|service| (service.check_config)(self.table(service)))
    }

    /// Runs these services, or all when none is named, until SIGTERM or SIGINT.
    ///
    /// `ready` is told the address once requests are answered.
    ///
    /// # Errors
    /// When something is missing before the first request can be answered.
    pub async fn run(
        self,
        names: &[String],
        ready: impl FnOnce(SocketAddr),
    ) -> Result<(), RuntimeError> {
        let signals = crate::signals::watch()
            .map_err(|error| RuntimeError::Config(format!("signals cannot be watched: {error}")))?;
        self.run_until(names, ready, signals).await
    }

    /// As [`Self::run`], until `stop`.
    ///
    /// # Errors
    /// When something is missing before the first request can be answered.
    pub async fn run_until(
        self,
        names: &[String],
        ready: impl FnOnce(SocketAddr),
        stop: impl Future<Output = ()>,
    ) -> Result<(), RuntimeError> {
        self.check_config()?;
        let chosen = self.choose(names)?;
        let shutdown = CancellationToken::new();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let tls = self.config.tls.files()?.map(|files| Tls::load(files, clock.clone()));
        let tls = tls.transpose()?;
        let (listener, address) = bind(self.config.listen.public).await?;
        let admin = match self.config.listen.admin {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let assembled = self.assemble(&chosen, address, &clock, tls.as_ref(), &shutdown).await?;
        let Assembled { router, public, mut workers, readiness, .. } = assembled;
        workers.extend(tls.as_ref().map(Tls::worker));
        workers.push(telemetry::worker(&self.config.log));
        let running: Vec<_> =
            workers.into_iter().map(|worker| worker.spawn(shutdown.clone())).collect();
        ready(address);
        tracing::info!(%address, tls = tls.is_some(), "answering requests");
        let stopping = CancellationToken::new();
        let draining = async {
            stop.await;
            readiness.drain();
            tracing::info!("stopping: requests in flight are finished first");
            stopping.cancel();
        };
        let door = |router| Door::new(router, &self.config.http, tls.clone());
        match admin {
            None => {
                let serving = door(router).serve(listener, stopping.cancelled());
                tokio::join!(draining, serving);
            }
            Some((admin, address)) => {
                tracing::info!(%address, "answering administrative requests");
                let serving = door(public).serve(listener, stopping.cancelled());
                let administering = door(router).serve(admin, stopping.cancelled());
                tokio::join!(draining, serving, administering);
            }
        }
        shutdown.cancel();
        let ended = futures::future::join_all(running);
        if tokio::time::timeout(WORKERS_END, ended).await.is_err() {
            tracing::warn!("workers had not ended after {WORKERS_END:?}");
        }
        Ok(())
    }

    fn choose(&self, names: &[String]) -> Result<Vec<Registered>, RuntimeError> {
        let known = self.names();
        if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
            let (name, known) = (name.clone(), known.join(", "));
            return Err(RuntimeError::NoSuchService { name, known });
        }
        let wanted = |service: &&Registered| {
            names.is_empty() || names.iter().any(|name| name == service.name)
        };
        Ok(self.services.iter().filter(wanted).copied().collect())
    }

    async fn assemble(
        &self,
        chosen: &[Registered],
        address: SocketAddr,
        clock: &Arc<dyn Clock>,
        tls: Option<&Tls>,
        shutdown: &CancellationToken,
    ) -> Result<Assembled, RuntimeError> {
        let keys = self.config.keys.load()?;
        self.claim(&keys).await?;
        let mut built: Vec<(&'static str, Parts)> = Vec::new();
        for service in chosen {
            let database = &self.config.database;
            let db = Db::connect(database, service.role, keys.clone(), clock.clone()).await?;
            let mut parts = {
                let env = self.env(db.clone(), address, clock, &keys, shutdown);
                (service.build)(self.table(service), env).await?
            };
            parts
                .readiness
                .insert(0, durability::reachable(service.name, db.clone(), clock.clone()));
            parts.gauges.push(Arc::new(crate::metrics::Pool(db.clone())));
            if built.is_empty() {
                parts.gauges.extend(tls.map(|tls| Arc::new(tls.clone()) as Arc<dyn Gauges>));
                if !self.config.journal.single_copy {
                    parts.readiness.push(durability::standby(db));
                }
            }
            built.push((service.name, parts));
        }
        let problems: Vec<_> = chosen.iter().map(|service| service.problems).collect();
        let registry = Arc::new(Registry::new(&problems));
        let mut surround = Surround::new(registry, self.config.http.limits());
        if self.config.telemetry.otlp.endpoint.is_some() {
            surround = surround.followed(Arc::new(traces::Headers::default()));
        }
        assemble(built, surround)
    }

    async fn claim(&self, keys: &RootKey) -> Result<(), RuntimeError> {
        let database = &self.config.database;
        let own = || database.roles.values().next().map(|role| &role.url);
        let Some(url) = database.url.as_ref().or_else(own) else {
            return Err(RuntimeError::Config("database.url is not set".to_owned()));
        };
        let host = &self.config.issuer_host;
        Ok(gw_db::installation::claim(url, keys, host).await?)
    }

    fn env(
        &self,
        db: Db,
        address: SocketAddr,
        clock: &Arc<dyn Clock>,
        keys: &Arc<RootKey>,
        shutdown: &CancellationToken,
    ) -> Env {
        let mut config = self.config.clone();
        config.listen.public = address;
        Env {
            db,
            clock: clock.clone(),
            shutdown: shutdown.clone(),
            issuer_host: config.issuer_host.clone(),
            base_url: config.base_url(),
            database: config.database,
            keys: keys.clone(),
        }
    }

    fn table(&self, service: &Registered) -> Option<Value> {
        self.config.services.get(service.name).cloned()
    }
}
