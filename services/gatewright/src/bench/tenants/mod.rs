//! What a tenant costs that nobody asks for, and what a change of one costs, however many others
//! there are and however much it has.

mod cost;
mod proxy;
mod report;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use self::{
    cost::Asker,
    proxy::Proxy,
    report::{FirstChecks, Report, WithRevocations, WithTenants},
};
use super::{answer::count, caller::Caller, cpu, process::Process, stage::Stage};
use crate::print;

/// Measures tenants: memory of idle ones, cold starts, and what a change costs.
///
/// Starts a private Postgres, one process that administers and others that are measured, and takes
/// some minutes, most of which go into making tenants. Fails where a reload reads more with more
/// tenants, or with more revocations.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
    /// How many tenants there are: a measurement for each, in ascending order.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 1000, 10_000])]
    tenants: Vec<usize>,
    /// How many revocations a tenant has: a measurement for each.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100_000])]
    revocations: Vec<usize>,
    /// How often each change is measured.
    #[arg(long, default_value_t = 50)]
    samples: u32,
    /// Few tenants and little of everything: that it runs, not what it measures.
    #[arg(long, conflicts_with_all = ["tenants", "revocations", "samples"])]
    quick: bool,
}

/// So many tenants are made at a time, and so many capabilities revoked with one request.
const AT_ONCE: usize = 16;
const TOGETHER: usize = 1000;
/// How often that is tried, five seconds apart.
const ATTEMPTS: usize = 36;
/// Loaded before memory is first looked at: what a process needs but once is there by then.
const WARM: usize = 100;

pub(crate) async fn run(mut arguments: Arguments) -> anyhow::Result<ExitCode> {
    if arguments.quick {
        arguments.tenants = vec![2, 6];
        arguments.revocations = vec![3, 1500];
        arguments.samples = 3;
    }
    arguments.tenants.sort_unstable();
    print::error("starting Postgres and the process that administers ...");
    let stage = Arc::new(Stage::set().await?);
    let bench = Bench {
        writer: Arc::new(stage.replica("writer").await?),
        proxy: Proxy::before(stage.database_url()).await?,
        most: arguments.tenants.last().copied().unwrap_or_default() + WARM,
        samples: arguments.samples.max(1),
        revoked: AtomicU64::new(0),
        stage,
    };
    let mut report = Report::default();
    let mut tenants = Vec::new();
    for count in arguments.tenants {
        report.tenants.push(bench.with_tenants(&mut tenants, count).await?);
    }
    for count in arguments.revocations {
        report.revocations.push(bench.with_revocations(count).await?);
    }
    report.conclude();
    if arguments.json {
        print::json(&report);
    } else {
        report.lines().iter().for_each(|line| print::line(line));
    }
    Ok(if report.bytes_are_equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Bench {
    stage: Arc<Stage>,
    writer: Arc<Process>,
    proxy: Proxy,
    most: usize,
    samples: u32,
    /// Capabilities that were revoked one at a time.
    revoked: AtomicU64,
}

impl Bench {
    async fn with_tenants(
        &self,
        tenants: &mut Vec<Caller>,
        wanted: usize,
    ) -> anyhow::Result<WithTenants> {
        let missing = wanted.saturating_sub(tenants.len());
        print::error(&format!("making {} tenants ...", missing));
        let began = Instant::now();
        self.make(tenants, wanted).await?;
        let made = began.elapsed();

        print::error(&format!("measuring with {wanted} tenants ..."));
        let began = Instant::now();
        let process = self.measured(&format!("with-{wanted}-tenants")).await?;
        let mut asker = Asker::of(&process, &self.proxy).await?;
        asker.ask(&tenants[0]).await?;
        let cold_start = began.elapsed();

        let mut first = FirstChecks::default();
        let warm = wanted.min(WARM).div_ceil(2);
        for caller in &tenants[1..warm] {
            first.took(asker.ask(caller).await?.took);
        }
        let before = memory(&process).await?;
        for caller in &tenants[warm..] {
            first.took(asker.ask(caller).await?.took);
        }
        let after = memory(&process).await?;
        let (revocation, rotation) = self.changes(&mut asker, &tenants[0]).await?;
        Ok(WithTenants {
            tenants: wanted,
            made_per_second: count(missing as u64) / made.as_secs_f64(),
            cold_start_ms: report::ms(cold_start),
            first_check: first.concluded(),
            rss_kib: after,
            kib_per_tenant: (count(after) - count(before)) / count((tenants.len() - warm) as u64),
            revocation,
            rotation,
        })
    }

    async fn with_revocations(&self, count: usize) -> anyhow::Result<WithRevocations> {
        print::error(&format!("making a tenant with {count} revocations ..."));
        let name = format!("With {count} revocations");
        let caller = self.stage.tenant(&self.writer, &name, "each", 1).await?;
        for begin in (0..count).step_by(TOGETHER) {
            let jtis: Vec<String> =
                (begin..count.min(begin + TOGETHER)).map(|n| format!("02bench{n:019}")).collect();
            self.revoke_patiently(&caller, jtis).await?;
        }
        print::error(&format!("measuring with {count} revocations ..."));
        let process = self.measured(&format!("with-{count}-revocations")).await?;
        let mut asker = Asker::of(&process, &self.proxy).await?;
        let whole = asker.ask(&caller).await?;
        let (revocation, rotation) = self.changes(&mut asker, &caller).await?;
        Ok(WithRevocations {
            revocations: count,
            whole_bytes: whole.read.bytes,
            whole_rows: whole.read.rows,
            whole_ms: report::ms(whole.took),
            revocation,
            rotation,
        })
    }

    /// What a revocation costs, and what a new key pair of the gate.
    async fn changes(
        &self,
        asker: &mut Asker<'_>,
        caller: &Caller,
    ) -> anyhow::Result<(report::Cost, report::Cost)> {
        let steady = asker.steady(caller, self.samples).await?;
        let revoke = async || {
            // Again would be the first time, and change nothing.
            let n = self.revoked.fetch_add(1, Ordering::Relaxed);
            self.revoke(caller, vec![format!("01bench{n:019}")]).await
        };
        let revocation = asker.cost(caller, self.samples, steady, revoke).await?;
        let gate = caller.path.trim_end_matches("/check");
        let rotate = format!("{gate}/keypairs/rotate");
        let rotation = asker
            .cost(caller, self.samples, steady, async || {
                self.post(&rotate, caller, json!({})).await
            })
            .await?;
        Ok((revocation, rotation))
    }

    async fn revoke(&self, caller: &Caller, jtis: Vec<String>) -> anyhow::Result<()> {
        let order = json!({ "jtis": jtis, "reason": "bench" });
        self.post("/v1/admin/revoke", caller, order).await
    }

    /// Until Postgres has looked at a table that grew this fast, its plans are those of a small one,
    /// and too slow for an answer; it looks within a minute or two.
    async fn revoke_patiently(&self, caller: &Caller, jtis: Vec<String>) -> anyhow::Result<()> {
        for _ in 0..ATTEMPTS {
            if self.revoke(caller, jtis.clone()).await.is_ok() {
                return Ok(());
            }
            sleep(Duration::from_secs(5)).await;
        }
        self.revoke(caller, jtis).await
    }

    async fn post(
        &self,
        path: &str,
        caller: &Caller,
        body: serde_json::Value,
    ) -> anyhow::Result<()> {
        let request = self.stage.client.post(format!("{}{path}", self.writer.url())).json(&body);
        let answer = request.header("authorization", &*caller.authorization).send().await?;
        answer.error_for_status().with_context(|| format!("POST {path}"))?;
        Ok(())
    }

    /// A process that reads the database by way of the proxy.
    async fn measured(&self, name: &str) -> anyhow::Result<Process> {
        let most = self.most.to_string();
        let more = [
            ("GATEWRIGHT__CHECK__MAX_TENANTS", most.as_str()),
            // Bounded by a setting of its own, and no tenant's.
            ("GATEWRIGHT__CHECK__VERIFIED_CAPABILITIES_MIB", "1"),
        ];
        self.stage.replica_at(name, self.proxy.url(), &more).await
    }

    /// Makes tenants until there are so many, through the front door.
    async fn make(&self, tenants: &mut Vec<Caller>, count: usize) -> anyhow::Result<()> {
        let mut making = JoinSet::new();
        let mut next = tenants.len();
        while tenants.len() < count {
            while next < count && making.len() < AT_ONCE {
                let (stage, writer) = (Arc::clone(&self.stage), Arc::clone(&self.writer));
                let name = format!("Tenant {next}");
                making.spawn(async move { stage.tenant(&writer, &name, "each", 1).await });
                next += 1;
            }
            tenants.push(making.join_next().await.context("one more is being made")???);
        }
        Ok(())
    }
}

/// Resident memory in KiB, once what was done last has been put away.
async fn memory(process: &Process) -> anyhow::Result<u64> {
    sleep(Duration::from_secs(1)).await;
    cpu::memory(process.pid())
}
