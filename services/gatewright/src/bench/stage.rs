use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, sync::Arc};

use anyhow::Context;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gw_embedded::{Options, Server};
use gw_runtime::Config;
use rand::Rng as _;
use reqwest::Client;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{caller::Caller, process::Process};
use crate::{dev::write_private, platform_key, print};

/// A private Postgres with migrations applied, durable as in production, and who may make tenants.
pub(super) struct Stage {
    pub(super) postgres: Server,
    pub(super) client: Client,
    folder: TempDir,
    database_url: String,
    root_key_file: PathBuf,
    platform_key: SecretString,
}

impl Stage {
    pub(super) async fn set() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("gatewright-bench-").tempdir()?;
        // Postgres may run as another user and must pass through.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let mut progress = |text: &str| print::error(&format!("  {text}"));
        // Beside it on one host, it is reached through its socket.
        let sockets = std::env::temp_dir().to_string_lossy().into_owned();
        let mut options = Options::at(folder.path().join("postgres"));
        options.settings.push(("unix_socket_directories".to_owned(), sockets.clone()));
        let postgres = Server::start(options, &mut progress)?;
        let database_url = format!("{}?host={sockets}", postgres.url());
        gw_db::migrate(&database_url.clone().into(), |_| {}).await?;

        let root_key_file = folder.path().join("root.key");
        let mut key = [0; 32];
        rand::rng().fill_bytes(&mut key);
        write_private(&root_key_file, STANDARD.encode(key).as_bytes())?;
        let mut config = Config::default();
        config.database.url = Some(database_url.clone().into());
        config.database.shared_login = true;
        config.keys.root_key_file = Some(root_key_file.clone());
        let platform_key = platform_key::create(&config, "bench").await?;
        let client = Client::new();
        Ok(Self { postgres, client, folder, database_url, root_key_file, platform_key })
    }

    /// Starts a replica of all services, told nothing but where its database and its key are.
    pub(super) async fn replica(&self, name: &str) -> anyhow::Result<Process> {
        self.replica_at(name, &self.database_url, &[]).await
    }

    /// The same, which finds its database elsewhere and is told more.
    pub(super) async fn replica_at(
        &self,
        name: &str,
        database_url: &str,
        more: &[(&str, &str)],
    ) -> anyhow::Result<Process> {
        let root_key_file = self.root_key_file.to_string_lossy();
        let own = [
            ("GATEWRIGHT__DATABASE__URL", database_url),
            ("GATEWRIGHT__DATABASE__SHARED_LOGIN", "true"),
            ("GATEWRIGHT__KEYS__ROOT_KEY_FILE", &root_key_file),
            ("GATEWRIGHT__JOURNAL__SINGLE_COPY", "true"),
        ];
        let variables = [&own[..], more].concat();
        Process::start(self.folder.path(), name, &["serve"], &variables).await
    }

    /// The database over TCP.
    pub(super) fn database_url(&self) -> &str {
        self.postgres.url()
    }

    /// Starts the baseline.
    pub(super) async fn echo(&self) -> anyhow::Result<Process> {
        Process::start(self.folder.path(), "echo", &["bench", "echo"], &[]).await
    }

    /// Makes a tenant with a gate and agents that hold capabilities, through the front door.
    pub(super) async fn tenant(
        &self,
        server: &Process,
        name: &str,
        signing: &str,
        agents: usize,
    ) -> anyhow::Result<Caller> {
        let url = server.url();
        let post = async |path: &str, key: &str, body: Value| -> anyhow::Result<Value> {
            let request = self.client.post(format!("{url}{path}")).bearer_auth(key).json(&body);
            let answer = request.send().await?.error_for_status();
            Ok(answer.with_context(|| format!("POST {path}"))?.json().await?)
        };
        let platform_key = self.platform_key.expose_secret();
        let tenant = post("/v1/admin/tenants", platform_key, json!({ "name": name })).await?;
        let key = text(&tenant, "api_key")?;
        let gate = json!({ "name": "Bench", "security_profile": "L1", "signing": signing });
        let gate = post("/v1/gates", &key, gate).await?;
        let mut tokens = Vec::with_capacity(agents);
        for n in 0..agents {
            let order = json!({ "subject": format!("agent-{n}"), "tools": ["bench:*"], "ttl_seconds": 86_400 });
            tokens.push(text(&post("/v1/admin/mint", &key, order).await?, "token")?);
        }
        Ok(Caller {
            tenant_id: text(&tenant, "tenant_id")?,
            path: format!("/v1/gates/{}/check", text(&gate, "id")?).into(),
            authorization: format!("Bearer {key}").into(),
            tokens: Arc::from(tokens),
        })
    }
}

pub(super) fn text(object: &Value, member: &str) -> anyhow::Result<String> {
    object[member].as_str().map(str::to_owned).with_context(|| format!("`{member}` is missing"))
}
