use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tokio::time::{Instant, sleep};

use super::{
    answer::{Seen, count},
    cpu,
    load::{Load, Phase},
    metrics::Committed,
    process::Process,
    report::{Echo, Figures},
    stage::Stage,
    stored,
};

/// How long a run warms up before it counts.
const WARM_UP: Duration = Duration::from_secs(1);

/// What was seen of a load while it was measured.
pub(super) struct Measured {
    pub(super) seen: Seen,
    took: Duration,
    cpu: Duration,
    postgres_cpu: Duration,
}

/// Puts a load on servers for so long, and reads the clocks around it.
pub(super) async fn measure(
    stage: &Stage,
    load: Load,
    servers: &[&Process],
    window: Duration,
) -> anyhow::Result<Measured> {
    let used =
        || servers.iter().map(|server| cpu::of(server.pid())).sum::<anyhow::Result<Duration>>();
    let postgres = || cpu::of_postgres(stage.postgres.pid());
    let phase = Arc::new(Phase::default());
    let mut asking = load.start(Arc::clone(&phase)).await?;
    sleep(WARM_UP).await;
    let (began, cpu, postgres_cpu) = (Instant::now(), used()?, postgres()?);
    phase.measure();
    sleep(window).await;
    phase.end();
    let (took, cpu, postgres_cpu) =
        (began.elapsed(), used()? - cpu, postgres()?.saturating_sub(postgres_cpu));
    let mut seen = Seen::default();
    while let Some(asked) = asking.join_next().await {
        seen.add(asked??);
    }
    anyhow::ensure!(seen.measured > 0, "nothing was answered");
    Ok(Measured { seen, took, cpu, postgres_cpu })
}

impl Measured {
    fn each(&self, cpu: Duration) -> f64 {
        cpu.as_secs_f64() * 1e6 / count(self.seen.measured)
    }

    pub(super) fn per_second(&self) -> f64 {
        count(self.seen.measured) / self.took.as_secs_f64()
    }

    pub(super) fn echo(&self) -> Echo {
        Echo { per_second: self.per_second(), cpu_us: self.each(self.cpu) }
    }
}

/// A run of checks, and what it left in the logs.
pub(super) async fn checks(
    stage: &Stage,
    name: &str,
    signing: &'static str,
    load: Load,
    servers: &[&Process],
    (window, echo): (Duration, Echo),
) -> anyhow::Result<(Figures, Seen)> {
    let (connections, rate, callers) = (load.connections, load.rate, Arc::clone(&load.callers));
    let committed = Committed::by(&stage.client, servers).await?;
    let rows = stored::sizes(stage, servers[0], &callers).await?;
    let mut measured =
        measure(stage, load, servers, window).await.with_context(|| name.to_owned())?;
    let per_commit = Committed::by(&stage.client, servers).await?.per_commit_since(committed);
    let rows = stored::sizes(stage, servers[0], &callers).await? - rows;
    let seen = &mut measured.seen;
    let (p50_ms, p99_ms) = (seen.percentile(500), seen.percentile(990));
    let (all, failed) = (count(seen.measured), seen.failed);
    let figures = Figures {
        name: name.to_owned(),
        signing,
        connections,
        rate,
        per_second: measured.per_second(),
        of_echo: measured.per_second() / echo.per_second,
        p50_ms,
        p99_ms,
        cpu_us: measured.each(measured.cpu),
        cpu_of_echo: measured.each(measured.cpu) / echo.cpu_us,
        postgres_cpu_us: measured.each(measured.postgres_cpu),
        per_commit,
        answer_bytes: count(measured.seen.bytes) / all,
        record_bytes: stored::record_bytes(&measured.seen.kept)?,
        rows_per_decision: count(rows) / count(measured.seen.answered),
        allowed: count(measured.seen.allowed) / all,
        failed,
    };
    Ok((figures, measured.seen))
}
