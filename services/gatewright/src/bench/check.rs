use std::{process::ExitCode, sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    caller::Caller,
    load::Load,
    process::Process,
    report::{Echo, Figures, Report},
    run::{self, measure},
    stage::Stage,
    stored,
};
use crate::print;

/// Measures checks: throughput, latency and processor time, beside those of a bare echo.
///
/// Starts a private Postgres, two replicas and the load itself, and takes about two minutes. The
/// figures mean something on a machine that does nothing else meanwhile.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
    /// How long each run is measured, in seconds.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// How many connections ask as fast as they are answered: a run for each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64, 256])]
    connections: Vec<usize>,
    /// How many tenants `many tenants` has.
    #[arg(long, default_value_t = 1000)]
    tenants: usize,
    /// How many receipts are verified at the end.
    #[arg(long, default_value_t = 1000)]
    receipts: usize,
}

/// Fixed rates, as parts of what was reached.
const RATES: [f64; 3] = [0.25, 0.5, 0.75];
/// Administrative writes a second beside the checks.
const WRITES: u64 = 50;
/// Tokens of a tenant whose checks see them again and again.
const AGENTS: usize = 64;

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    print::error("starting Postgres, two replicas and the echo ...");
    let stage = Stage::set().await?;
    let mut bench = Bench {
        window: Duration::from_secs(arguments.seconds.max(1)),
        first: stage.replica("first").await?,
        second: stage.replica("second").await?,
        echo: Echo { per_second: f64::NAN, cpu_us: f64::NAN },
        runs: Vec::new(),
        kept: Vec::new(),
        quiet: arguments.json,
        stage,
    };
    bench.all(&arguments.connections, arguments.tenants).await?;
    let kept = std::mem::take(&mut bench.kept);
    print::error("verifying receipts from what was stored ...");
    let receipts = stored::verify(&bench.stage, &bench.first, kept, arguments.receipts).await?;
    let report = Report { echo: bench.echo, runs: bench.runs, receipts };
    if arguments.json {
        print::json(&report);
    } else {
        print::line(&format!(
            "receipts: {} verified, {} refused",
            receipts.verified, receipts.refused
        ));
    }
    bench.stage.postgres.stop();
    Ok(if receipts.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Bench {
    stage: Stage,
    first: Process,
    second: Process,
    window: Duration,
    echo: Echo,
    runs: Vec<Figures>,
    kept: Vec<(Caller, Bytes)>,
    quiet: bool,
}

impl Bench {
    async fn all(&mut self, connections: &[usize], tenants: usize) -> anyhow::Result<()> {
        let each = self.stage.tenant(&self.first, "Each", "each", AGENTS).await?;
        let batch = self.stage.tenant(&self.first, "Batch", "batch", AGENTS).await?;
        self.baseline(&each).await?;
        for connections in connections {
            self.check("closed", "each", &[&each], *connections, None).await?;
            self.check("closed", "batch", &[&batch], *connections, None).await?;
        }
        let reached = self.reached();
        for part in RATES {
            let name = format!("open, {part} of closed");
            self.check(&name, "each", &[&each], 64, Some(reached * part)).await?;
        }
        let seconds = self.window.as_secs_f64() + 2.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let fresh = each.with_fresh_tokens((reached * seconds) as usize)?;
        self.check("fresh credentials", "each", &[&fresh], 64, None).await?;
        self.beside_writes(&each).await?;
        self.many(tenants).await
    }

    async fn baseline(&mut self, caller: &Caller) -> anyhow::Result<()> {
        let echo = self.stage.echo().await?;
        let load = Load { servers: [echo.address].into(), ..self.load(&[caller], 64) };
        self.echo = measure(&self.stage, load, &[&echo], self.window).await?.echo();
        self.say(&format!(
            "echo, 64 connections: {:.0}/s, {:.1} us of processor time each",
            self.echo.per_second, self.echo.cpu_us
        ));
        self.say(&Figures::heading());
        Ok(())
    }

    fn load(&self, callers: &[&Caller], connections: usize) -> Load {
        Load {
            servers: [self.first.address].into(),
            callers: callers.iter().map(|caller| (*caller).clone()).collect(),
            affinity: true,
            connections,
            rate: None,
        }
    }

    async fn check(
        &mut self,
        name: &str,
        signing: &'static str,
        callers: &[&Caller],
        connections: usize,
        rate: Option<f64>,
    ) -> anyhow::Result<()> {
        let load = Load { rate, ..self.load(callers, connections) };
        self.run(name, signing, load, false).await
    }

    async fn run(
        &mut self,
        name: &str,
        signing: &'static str,
        load: Load,
        both: bool,
    ) -> anyhow::Result<()> {
        let callers = Arc::clone(&load.callers);
        let servers = if both { vec![&self.first, &self.second] } else { vec![&self.first] };
        let baseline = (self.window, self.echo);
        let (figures, seen) =
            run::checks(&self.stage, name, signing, load, &servers, baseline).await?;
        self.say(&figures.line());
        self.runs.push(figures);
        self.kept.extend(seen.kept.into_iter().map(|(n, answer)| (callers[n].clone(), answer)));
        Ok(())
    }

    /// What was reached at a gate that signs each decision.
    fn reached(&self) -> f64 {
        let each = self.runs.iter().filter(|run| run.signing == "each");
        each.map(|run| run.per_second).fold(1.0, f64::max)
    }

    /// The tenant's own configuration changes fifty times a second meanwhile.
    async fn beside_writes(&mut self, caller: &Caller) -> anyhow::Result<()> {
        let stop = CancellationToken::new();
        let writing = tokio::spawn(write(
            self.stage.client.clone(),
            format!("{}/v1/admin/revoke", self.first.url()),
            Arc::clone(&caller.authorization),
            stop.clone(),
        ));
        let ran = self.check("50 writes a second", "each", &[caller], 64, None).await;
        stop.cancel();
        writing.await??;
        ran
    }

    async fn many(&mut self, count: usize) -> anyhow::Result<()> {
        print::error(&format!("making {count} tenants ..."));
        let mut tenants = Vec::with_capacity(count);
        for n in 0..count {
            let name = format!("Tenant {n}");
            tenants.push(self.stage.tenant(&self.first, &name, "each", 1).await?);
        }
        let tenants: Vec<&Caller> = tenants.iter().collect();
        self.check("many tenants", "each", &tenants, 64, None).await?;
        let servers: Arc<[_]> = [self.first.address, self.second.address].into();
        for (name, affinity) in [("two replicas", false), ("two replicas, affinity", true)] {
            let load = self.load(&tenants, 64);
            let load = Load { servers: Arc::clone(&servers), affinity, ..load };
            self.run(name, "each", load, true).await?;
        }
        Ok(())
    }

    fn say(&self, line: &str) {
        if self.quiet { print::error(line) } else { print::line(line) }
    }
}

async fn write(
    client: reqwest::Client,
    url: String,
    authorization: Arc<str>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(Duration::from_millis(1000 / WRITES));
    let mut n = 0_u64;
    while !stop.is_cancelled() {
        tick.tick().await;
        n += 1;
        let body = json!({ "jti": format!("01bench{n:019}"), "reason": "bench" });
        let request = client.post(&url).header("authorization", &*authorization).json(&body);
        request.send().await?.error_for_status()?;
    }
    Ok(())
}
