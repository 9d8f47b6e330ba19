//! Callers whose process loses its connections: each asks about an action of its own, again and
//! again under one idempotency key until it is answered, and remembers everything that it was told.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use futures::future::join_all;

use super::{
    Customer,
    door::{Door, Said, check},
    ledger::Ledger,
};

/// One question's story.
pub(super) struct Story {
    who: usize,
    action: String,
    /// How often it was said that the outcome is unknown.
    unknown: usize,
    answer: Said,
}

/// Callers that ask until they are told to stop.
pub(super) struct Callers {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    tasks: Vec<tokio::task::JoinHandle<Vec<Story>>>,
}

impl Callers {
    /// So many for each tenant, by turns at each of these doors.
    pub(super) fn start(doors: &[Door], customers: &[(Customer, String)], each: usize) -> Self {
        let (stop, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let tasks = (0..customers.len() * each).map(|n| {
            let who = n % customers.len();
            let (customer, token) = customers[who].clone();
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            let door = doors[n / customers.len() % doors.len()].clone();
            tokio::spawn(async move {
                let mut stories = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let action = format!("read_{n}_{}", stories.len());
                    let (unknown, answer) = persist(&door, &customer, &token, &action).await;
                    stories.push(Story { who, action, unknown, answer });
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                stories
            })
        });
        let tasks = tasks.collect();
        Self { stop, answered, tasks }
    }

    /// Waits until some more checks have been answered.
    pub(super) async fn go_on(&self, more: usize) {
        let until = self.answered.load(Ordering::Relaxed) + more;
        while self.answered.load(Ordering::Relaxed) < until {
            assert!(self.tasks.iter().all(|task| !task.is_finished()), "a caller has failed");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn stop(self) -> Vec<Story> {
        self.stop.store(true, Ordering::Relaxed);
        join_all(self.tasks).await.into_iter().flat_map(Result::unwrap).collect()
    }
}

/// Asks until there is an answer. Only what may be said while connections die is accepted.
async fn persist(door: &Door, who: &Customer, token: &str, action: &str) -> (usize, Said) {
    let mut unknown = 0;
    loop {
        let mut body = check(token, action);
        body["idempotency_key"] = action.into();
        let said = door.check_with(who, &who.key, body).await.unwrap();
        match (said.status, said.code()) {
            (200, _) => {
                assert!(said.allows(), "{said:?}");
                return (unknown, said);
            }
            (503, "check.outcome_unknown") => unknown += 1,
            (503, "check.journal_unavailable" | "check.stale") => {}
            _ => panic!("{said:?}"),
        }
    }
}

/// Holds what callers were told against the logs. How many were told that their outcome is
/// unknown, and of how many of these the record had been written.
pub(super) async fn reconcile(
    url: &str,
    customers: &[(Customer, String)],
    stories: &[Story],
) -> (usize, usize) {
    let mut ledgers = Vec::new();
    for (customer, _) in customers {
        ledgers.push(Ledger::read(url, customer).await);
    }
    let (mut told, mut written) = (0, 0);
    for story in stories {
        let (ledger, action) = (&ledgers[story.who], &story.action);
        assert!(ledger.holds(action, &story.answer), "{action} was answered and is not recorded");
        assert_eq!(ledger.of(action).len(), 1, "{action} is recorded once, however often asked");
        // Only what was said to be unknown can have been recorded before it was answered.
        assert!(!story.answer.replayed || story.unknown > 0, "{action}");
        told += story.unknown;
        written += usize::from(story.answer.replayed);
    }
    let recorded: usize = ledgers.iter().map(Ledger::allowed).sum();
    assert_eq!(recorded, stories.len(), "nothing is recorded that nobody asked for");
    (told, written)
}
