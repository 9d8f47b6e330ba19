use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use serde::Deserialize;

/// A server that this benchmark has started, in a process of its own. Ended when dropped.
pub(super) struct Process {
    child: Child,
    pub(super) address: SocketAddr,
}

#[derive(Deserialize)]
struct Ready {
    base_url: String,
}

impl Process {
    /// Starts this very build with these arguments, and waits until it answers.
    pub(super) async fn start(
        folder: &Path,
        name: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let ready = folder.join(format!("{name}.json"));
        let log = folder.join(format!("{name}.log"));
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).args(["--listen", "127.0.0.1:0", "--ready-file"]).arg(&ready);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GATEWRIGHT__") {
                command.env_remove(name);
            }
        }
        command
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?);
        let mut child = command.spawn().with_context(|| format!("{name} does not start"))?;
        let deadline = Instant::now() + Duration::from_secs(60);
        while !ready.exists() {
            if child.try_wait()?.is_some() || Instant::now() > deadline {
                drop(child.kill());
                drop(child.wait());
                anyhow::bail!("{name} is not ready:\n{}", fs::read_to_string(&log)?);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let Ready { base_url } = serde_json::from_slice(&fs::read(&ready)?)?;
        let address = base_url.trim_start_matches("http://").parse();
        Ok(Self { child, address: address.context("the server's address")? })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
