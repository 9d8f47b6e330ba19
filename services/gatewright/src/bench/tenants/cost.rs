use std::time::Duration;

use anyhow::ensure;
use hyper::StatusCode;
use tokio::time::Instant;

use super::{
    proxy::{Proxy, Read},
    report::{Cost, median, ms},
};
use crate::bench::{caller::Caller, connection::Connection, cpu, process::Process};

/// Asks one process over one connection, one check after the other.
pub(super) struct Asker<'a> {
    process: &'a Process,
    proxy: &'a Proxy,
    connection: Connection,
    asked: u64,
}

/// One check.
pub(super) struct Asked {
    pub(super) took: Duration,
    /// What was read to load the tenant.
    pub(super) read: Read,
    /// Processor time of the process.
    cpu: Duration,
}

/// What checks take of a tenant that does not change.
#[derive(Clone, Copy)]
pub(super) struct Steady {
    took: Duration,
    cpu: Duration,
}

impl<'a> Asker<'a> {
    pub(super) async fn of(process: &'a Process, proxy: &'a Proxy) -> anyhow::Result<Self> {
        let connection = Connection::open(process.address).await?;
        Ok(Self { process, proxy, connection, asked: 0 })
    }

    pub(super) async fn ask(&mut self, caller: &Caller) -> anyhow::Result<Asked> {
        self.asked += 1;
        let body = caller.body(self.asked);
        let (read, cpu) = (self.proxy.read(), cpu::exactly(self.process.pid())?);
        let began = Instant::now();
        let (status, answer) =
            self.connection.post(&caller.path, &caller.authorization, body).await?;
        let took = began.elapsed();
        ensure!(status == StatusCode::OK, "{status}: {}", String::from_utf8_lossy(&answer));
        Ok(Asked {
            took,
            read: self.proxy.read() - read,
            cpu: cpu::exactly(self.process.pid())?.saturating_sub(cpu),
        })
    }

    /// Checks of a tenant that is loaded, of which nothing is read again.
    pub(super) async fn steady(&mut self, caller: &Caller, times: u32) -> anyhow::Result<Steady> {
        self.ask(caller).await?;
        let (mut took, mut cpu) = (Vec::new(), Vec::new());
        for _ in 0..times {
            let asked = self.ask(caller).await?;
            ensure!(asked.read == Read::default(), "a tenant was loaded that had not changed");
            took.push(asked.took);
            cpu.push(asked.cpu);
        }
        Ok(Steady { took: median(took), cpu: median(cpu) })
    }

    /// Makes a change elsewhere and asks, again and again: what the check after it needed beyond
    /// one that has nothing to load.
    pub(super) async fn cost(
        &mut self,
        caller: &Caller,
        times: u32,
        steady: Steady,
        mut change: impl AsyncFnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<Cost> {
        let (mut took, mut cpu) = (Vec::new(), Vec::new());
        let (mut bytes, mut rows) = (Vec::new(), Vec::new());
        for _ in 0..times {
            change().await?;
            let asked = self.ask(caller).await?;
            ensure!(asked.read.bytes > 0, "a change was made and nothing was read");
            took.push(asked.took);
            cpu.push(asked.cpu);
            bytes.push(asked.read.bytes);
            rows.push(asked.read.rows);
        }
        let beyond = |now: Duration, before: Duration| now.saturating_sub(before);
        Ok(Cost {
            bytes: median(bytes),
            rows: median(rows),
            next_decision_ms: ms(median(took.clone())),
            reload_ms: ms(beyond(median(took), steady.took)),
            cpu_us: beyond(median(cpu), steady.cpu).as_secs_f64() * 1e6,
        })
    }
}
