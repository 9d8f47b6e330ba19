use anyhow::Context;
use reqwest::Client;

use super::process::Process;

/// What a server has committed so far, as its `/metrics` tells.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Committed {
    pub(super) checks: f64,
    pub(super) batches: f64,
}

impl Committed {
    pub(super) async fn by(client: &Client, servers: &[&Process]) -> anyhow::Result<Self> {
        let mut all = Self::default();
        for server in servers {
            let url = format!("{}/metrics", server.url());
            let page = client.get(url).send().await?.error_for_status()?.text().await?;
            all.checks += figure(&page, "gatewright_journal_batch_checks_sum")?;
            all.batches += figure(&page, "gatewright_journal_batch_checks_count")?;
        }
        Ok(all)
    }

    pub(super) fn per_commit_since(self, before: Self) -> f64 {
        (self.checks - before.checks) / (self.batches - before.batches)
    }
}

/// Zero where nothing has been counted yet.
fn figure(page: &str, name: &str) -> anyhow::Result<f64> {
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(Ok(0.0), |figure| figure.parse().context("a figure of /metrics"))
}
