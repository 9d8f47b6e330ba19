//! The product as a process of its own, as an operator starts it.

use std::{
    ffi::OsString,
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use gw_testkit::Contract;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::Client;
use serde::Deserialize;
use serde_json::Value;

/// `gatewright dev`, or a `gatewright serve` beside it, and what the ready file says.
pub(crate) struct Server {
    child: Child,
    home: tempfile::TempDir,
    launch: Launch,
    contract: Contract,
    pub(crate) ready: Ready,
    pub(crate) client: Client,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ready {
    pub(crate) base_url: String,
    pub(crate) platform_key: String,
    pub(crate) tenant_id: String,
    pub(crate) api_key: String,
    pub(crate) gate_id: String,
    pub(crate) database_url: String,
    pub(crate) root_key_file: PathBuf,
}

/// Which binary, and what is said to it besides where to listen.
struct Launch {
    binary: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(String, OsString)>,
}

impl Server {
    /// Starts it on this database, on a free port.
    pub(crate) async fn start(database_url: &str) -> Self {
        Self::start_other(under_test(), database_url).await
    }

    /// The same of another build.
    pub(crate) async fn start_other(binary: PathBuf, database_url: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let arguments = vec!["dev".into(), "--data-dir".into(), home.path().join("data").into()];
        let environment = vec![("DATABASE_URL".to_owned(), database_url.into())];
        Self::launch(home, Launch { binary, arguments, environment }, Ready::default()).await
    }

    /// Starts another process on the same database, which shares nothing else with this one. The
    /// environment given here comes last.
    pub(crate) async fn beside(&self, environment: &[(&str, &str)]) -> Self {
        self.other_beside(under_test(), environment).await
    }

    /// The same of another build.
    pub(crate) async fn other_beside(&self, binary: PathBuf, environment: &[(&str, &str)]) -> Self {
        let url = &self.ready.database_url;
        let root_key = self.ready.root_key_file.to_str().unwrap();
        let own = [
            ("GATEWRIGHT__DATABASE__URL", url.as_str()),
            ("GATEWRIGHT__DATABASE__SHARED_LOGIN", "true"),
            ("GATEWRIGHT__KEYS__ROOT_KEY_FILE", root_key),
            ("GATEWRIGHT__JOURNAL__SINGLE_COPY", "true"),
            ("GATEWRIGHT__LOG__FILTER", "warn"),
        ];
        let all = own.iter().chain(environment);
        let environment = all.map(|(name, value)| ((*name).to_owned(), value.into())).collect();
        let launch = Launch { binary, arguments: vec!["serve".into()], environment };
        Self::launch(tempfile::tempdir().unwrap(), launch, self.ready.clone()).await
    }

    async fn launch(home: tempfile::TempDir, launch: Launch, ready: Ready) -> Self {
        let child = spawn(&home, &launch);
        let client = Client::builder().pool_max_idle_per_host(128).build().unwrap();
        let contract = Contract::new(Value::Null);
        let mut server = Self { child, launch, contract, ready, client, home };
        server.wait_until_ready().await;
        let description = server.get_text("/openapi.json").await;
        server.contract = Contract::new(serde_json::from_str(&description).unwrap());
        server
    }

    async fn wait_until_ready(&mut self) {
        let file = ready_file(&self.home);
        let deadline = Instant::now() + Duration::from_secs(60);
        while !file.exists() {
            assert!(Instant::now() < deadline, "the server was not ready within a minute");
            let ended = self.child.try_wait().unwrap();
            let log = || fs::read_to_string(log_file(&self.home)).unwrap();
            assert!(ended.is_none(), "the server ended before it was ready: {ended:?}\n{}", log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let told: Ready = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        if told.tenant_id.is_empty() {
            // `serve` makes no demo tenant: it is the one of the process that it stands beside.
            self.ready.base_url = told.base_url;
        } else {
            self.ready = told;
        }
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGKILL, and a new process on the same state.
    pub(crate) async fn crash_and_restart(&mut self) {
        self.kill();
        self.restart().await;
    }

    /// A new process after [`Self::kill`], at another address.
    pub(crate) async fn restart(&mut self) {
        fs::remove_file(ready_file(&self.home)).unwrap();
        self.child = spawn(&self.home, &self.launch);
        self.wait_until_ready().await;
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// What it has said on standard error.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(log_file(&self.home)).unwrap()
    }

    /// SIGTERM; the exit code.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        self.signal(Signal::SIGTERM);
        self.child.wait().unwrap().code()
    }

    /// Sends a request, and believes no answer that the product's own description does not describe.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        self.try_send(method, path, key, body).await.unwrap()
    }

    /// As [`Self::send`], where the server may be gone.
    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: Option<Value>,
    ) -> reqwest::Result<(u16, Value)> {
        let url = format!("{}{path}", self.ready.base_url);
        let mut request = self.client.request(method.parse().unwrap(), url).bearer_auth(key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let content_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
        let bytes = answer.bytes().await?;
        self.contract.check(method, path, status, &content_type, &bytes);
        Ok((status, serde_json::from_slice(&bytes).unwrap()))
    }

    async fn post(&self, path: &str, body: Value) -> reqwest::Result<Value> {
        Ok(self.try_send("POST", path, &self.ready.api_key, Some(body)).await?.1)
    }

    pub(crate) async fn get_text(&self, path: &str) -> String {
        let url = format!("{}{path}", self.ready.base_url);
        let request = self.client.get(url).bearer_auth(&self.ready.api_key);
        request.send().await.unwrap().text().await.unwrap()
    }

    /// Mints a capability with these members beside its subject.
    pub(crate) async fn mint(&self, mut members: Value) -> String {
        members["subject"] = "agent-x".into();
        let answer = self.post("/v1/admin/mint", members).await.unwrap();
        answer["token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }

    pub(crate) async fn check(&self, action: &str, token: &str) -> reqwest::Result<Value> {
        let credential = serde_json::json!({ "kind": "capability", "value": token });
        let body = serde_json::json!({ "action": action, "credential": credential });
        self.post(&format!("/v1/gates/{}/check", self.ready.gate_id), body).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn under_test() -> PathBuf {
    env!("CARGO_BIN_EXE_gatewright-under-test").into()
}

fn spawn(home: &tempfile::TempDir, launch: &Launch) -> Child {
    Command::new(&launch.binary)
        .args(&launch.arguments)
        .args(["--listen", "127.0.0.1:0", "--ready-file"])
        .arg(ready_file(home))
        .env_remove("GATEWRIGHT__DATABASE__URL")
        .env_remove("DATABASE_URL")
        .envs(launch.environment.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::null())
        .stderr(fs::File::options().create(true).append(true).open(log_file(home)).unwrap())
        .spawn()
        .unwrap()
}

fn ready_file(home: &tempfile::TempDir) -> PathBuf {
    home.path().join("ready.json")
}

fn log_file(home: &tempfile::TempDir) -> PathBuf {
    home.path().join("server.log")
}
