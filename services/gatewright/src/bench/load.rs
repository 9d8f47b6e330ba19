use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{answer::Seen, caller::Caller, connection::Connection};

/// Who asks whom, and how fast.
#[derive(Clone)]
pub(super) struct Load {
    /// The servers.
    pub(super) servers: Arc<[SocketAddr]>,
    /// The tenants that are asked for, in turn.
    pub(super) callers: Arc<[Caller]>,
    /// Whether a tenant's checks all go to one server.
    pub(super) affinity: bool,
    /// How many connections are open at a time.
    pub(super) connections: usize,
    /// Checks a second, in all. None: each connection asks again as soon as it has its answer.
    pub(super) rate: Option<f64>,
}

/// What a load may do now: every connection looks before it asks, and after it was answered.
#[derive(Default)]
pub(super) struct Phase(AtomicU8);

/// At first, at 0, answers are not counted.
const MEASURING: u8 = 1;
const OVER: u8 = 2;

impl Phase {
    pub(super) fn measure(&self) {
        self.0.store(MEASURING, Ordering::Release);
    }

    pub(super) fn end(&self) {
        self.0.store(OVER, Ordering::Release);
    }

    fn is(&self, phase: u8) -> bool {
        self.0.load(Ordering::Acquire) == phase
    }
}

impl Load {
    /// Starts asking; ends when the phase does.
    pub(super) async fn start(
        self,
        phase: Arc<Phase>,
    ) -> anyhow::Result<JoinSet<anyhow::Result<Seen>>> {
        let sequence = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        for number in 0..self.connections {
            let mut connections = Vec::with_capacity(self.servers.len());
            for server in self.servers.iter() {
                connections.push(Connection::open(*server).await?);
            }
            let (load, phase, sequence) = (self.clone(), Arc::clone(&phase), Arc::clone(&sequence));
            tasks.spawn(async move { load.ask(number, connections, &phase, &sequence).await });
        }
        Ok(tasks)
    }

    async fn ask(
        &self,
        number: usize,
        mut connections: Vec<Connection>,
        phase: &Phase,
        sequence: &AtomicU64,
    ) -> anyhow::Result<Seen> {
        let mut seen = Seen::default();
        let mut pace = self.rate.map(|rate| Pace::new(number, self.connections, rate));
        while !phase.is(OVER) {
            // Latency counts from when the question was to be asked, not from when there was time.
            let intended = match &mut pace {
                Some(pace) => pace.wait().await,
                None => Instant::now(),
            };
            let n = sequence.fetch_add(1, Ordering::Relaxed);
            let tenant = usize::try_from(n).unwrap_or(0) % self.callers.len();
            let caller = &self.callers[tenant];
            let server = if self.affinity { tenant } else { number } % connections.len();
            let connection = &mut connections[server];
            let (status, answer) =
                connection.post(&caller.path, &caller.authorization, caller.body(n)).await?;
            seen.count(tenant, status, &answer, intended.elapsed(), phase.is(MEASURING));
        }
        Ok(seen)
    }
}

/// One connection's share of a fixed rate: every so often, whatever became of the question before.
struct Pace {
    next: Instant,
    every: Duration,
}

impl Pace {
    fn new(number: usize, connections: usize, rate: f64) -> Self {
        let share = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / rate;
        Self {
            next: Instant::now() + Duration::from_secs_f64(share(number)),
            every: Duration::from_secs_f64(share(connections)),
        }
    }

    async fn wait(&mut self) -> Instant {
        let intended = self.next;
        self.next += self.every;
        if intended > Instant::now() {
            sleep_until(intended).await;
        }
        intended
    }
}
