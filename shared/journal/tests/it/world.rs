//! Tenants, a journal, and code that decides in the simplest way there is.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use gw_contracts::Entry;
use gw_crypto::{keys::SigningKey, note::VerifierKey, seal::RootKey};
use gw_db::{DatabaseConfig, Db, Role, TenantTx};
use gw_decision::{Counters, Reservation};
use gw_journal::{
    DecideError, Decided, Deciding, Journal, JournalOptions, LogSigner, NoteSigner, SettledEntry,
    SubmitResult,
};
use gw_kernel::{
    Actor, ActorKind, Clock, Epoch, GateId, Id, IdKind, Identity, SystemClock, TenantId,
};
use rand::Rng;
use secrecy::ExposeSecret;
use sqlx::postgres::PgPoolOptions;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What a test asks.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) tenant: TenantId,
    /// A budget's hop and limit.
    pub(crate) budget: Option<(String, i64)>,
    /// The gate co-signs the checkpoint.
    pub(crate) batch_signing: bool,
    /// Settling it names a counter that no database takes.
    pub(crate) poison: bool,
}

pub(crate) fn question(tenant: TenantId) -> Question {
    Question { tenant, budget: None, batch_signing: false, poison: false }
}

/// A decision: always yes, unless its budget is used up.
pub(crate) struct Verdict {
    question: Arc<Question>,
    epoch: Epoch,
    reservations: Vec<Reservation>,
    signer: Arc<LogSigner>,
    cosigner: Option<Arc<NoteSigner>>,
    number: u64,
}

/// What the caller hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) id: Uuid,
    pub(crate) allowed: bool,
}

/// Decides for the tests, from the epoch that the database shows.
pub(crate) struct Decider {
    pub(crate) owner: Owner,
    pub(crate) signers: HashMap<TenantId, Arc<LogSigner>>,
    cosigner: Arc<NoteSigner>,
    /// So many of the next decisions are overtaken by an administrative change.
    pub(crate) overtake: AtomicU32,
    pub(crate) decided: AtomicU32,
    pub(crate) decided_under_head: AtomicU32,
    numbers: AtomicU64,
}

/// The owner's view of the database.
#[derive(Clone)]
pub(crate) struct Owner {
    #[expect(clippy::disallowed_types, reason = "the owner's view of a test database")]
    pub(crate) pool: sqlx::PgPool,
}

impl Owner {
    /// Appends an administrative entry, as a service's transaction does; answers the epoch.
    pub(crate) async fn append(&self, tenant: TenantId) -> Epoch {
        let mut tx = self.pool.begin().await.unwrap();
        sqlx::query("select set_config('gw.tenant_id', $1, true)")
            .bind(tenant.uuid().to_string())
            .execute(&mut *tx)
            .await
            .unwrap();
        let (epoch,): (i64,) = sqlx::query_as(
            "select journal.append(array[row($1, 'test.changed.v1', null, true, '{}'::bytea)
                 ::journal.new_entry])",
        )
        .bind(new_id::<TestEvent>().uuid())
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        Epoch(epoch)
    }

    pub(crate) async fn epoch(&self, tenant: TenantId) -> Epoch {
        let epoch: Option<(i64,)> = sqlx::query_as(
            "select epoch from journal.batches where tenant_id = $1 order by prev desc limit 1",
        )
        .bind(tenant.uuid())
        .fetch_optional(&self.pool)
        .await
        .unwrap();
        Epoch(epoch.map_or(0, |(epoch,)| epoch))
    }

    /// The first column of the first row.
    pub(crate) async fn number(&self, sql: &'static str, tenant: TenantId) -> i64 {
        sqlx::query_scalar(sql).bind(tenant.uuid()).fetch_one(&self.pool).await.unwrap()
    }

    pub(crate) async fn run(&self, sql: &'static str) {
        sqlx::query(sql).execute(&self.pool).await.unwrap();
    }
}

/// Marks the ids of the tests' entries.
enum TestEvent {}

impl IdKind for TestEvent {
    const PREFIX: &'static str = "evt";
}

pub(crate) fn new_id<K: IdKind>() -> Id<K> {
    let mut random = [0; 10];
    rand::rng().fill_bytes(&mut random);
    Id::at(SystemClock.now(), random)
}

impl Decider {
    fn verdict(&self, question: &Arc<Question>, epoch: Epoch) -> Verdict {
        let budget = question.budget.clone();
        Verdict {
            question: Arc::clone(question),
            epoch,
            reservations: budget
                .map(|(hop, limit)| Reservation::Calls { hop, limit })
                .into_iter()
                .collect(),
            signer: Arc::clone(&self.signers[&question.tenant]),
            cosigner: question.batch_signing.then(|| Arc::clone(&self.cosigner)),
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
        }
    }
}

impl Deciding for Decider {
    type Question = Question;
    type Decided = Verdict;
    type Refusal = &'static str;

    async fn decide(
        &self,
        question: &Arc<Question>,
        at_least: Epoch,
    ) -> Result<Verdict, DecideError<&'static str>> {
        self.decided.fetch_add(1, Ordering::Relaxed);
        let epoch = self.owner.epoch(question.tenant).await;
        assert!(epoch >= at_least, "the database shows what the journal saw under the lock");
        let overtaken = |n: u32| n.checked_sub(1);
        if self.overtake.fetch_update(Ordering::Relaxed, Ordering::Relaxed, overtaken).is_ok() {
            self.owner.append(question.tenant).await;
        }
        Ok(self.verdict(question, epoch))
    }

    async fn decide_under_head(
        &self,
        question: &Arc<Question>,
        epoch: Epoch,
        _side: usize,
    ) -> Result<Verdict, DecideError<&'static str>> {
        self.decided_under_head.fetch_add(1, Ordering::Relaxed);
        assert_eq!(self.owner.epoch(question.tenant).await, epoch);
        Ok(self.verdict(question, epoch))
    }
}

impl Decided for Verdict {
    type Answer = Answer;

    fn tenant(&self) -> TenantId {
        self.question.tenant
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn reservations(&self) -> &[Reservation] {
        &self.reservations
    }

    fn log_signer(&self) -> &Arc<LogSigner> {
        &self.signer
    }

    fn cosigner(&self) -> Option<&Arc<NoteSigner>> {
        self.cosigner.as_ref()
    }

    fn settle(self, counters: &mut Counters) -> SettledEntry<Answer> {
        let room = |r: &Reservation| counters.used(&r.counter_key()) < r.limit();
        let allowed = self.reservations.iter().all(room);
        let mut writes = Vec::new();
        for reservation in self.reservations.iter().filter(|_| allowed) {
            let key = reservation.counter_key();
            let used = counters.used(&key) + 1;
            counters.set(key.clone(), used);
            writes.push((key, used));
        }
        if self.question.poison {
            writes.push(("nul \0 in a key".to_owned(), 1));
        }
        let id = new_id::<TestEvent>().uuid();
        let body = serde_json::json!({ "epoch": self.epoch, "n": self.number, "allowed": allowed });
        let entry = Entry {
            id,
            kind: "check.decided.v1",
            gate: Some(GateId::from_uuid(Uuid::nil())),
            moves_epoch: false,
            body: body.to_string().into_bytes(),
        };
        SettledEntry { entry, signature: Some([7; 64]), writes, answer: Answer { id, allowed } }
    }
}

/// A database, tenants, and a journal that records for them.
pub(crate) struct World {
    pub(crate) owner: Owner,
    pub(crate) tenants: Vec<TenantId>,
    pub(crate) decider: Arc<Decider>,
    pub(crate) journal: Journal<Decider>,
    pub(crate) check: Db,
    pub(crate) shutdown: CancellationToken,
    options: JournalOptions,
}

impl World {
    pub(crate) async fn new(tenants: usize) -> Self {
        Self::with(tenants, |_| {}).await
    }

    /// A world whose journal is told something else than usual.
    pub(crate) async fn with(tenants: usize, tell: impl FnOnce(&mut JournalOptions)) -> Self {
        let db = gw_testkit::database().await;
        Self::at(&db.config(), tenants, tell).await
    }

    /// A world in this migrated database.
    pub(crate) async fn at(
        config: &DatabaseConfig,
        tenants: usize,
        tell: impl FnOnce(&mut JournalOptions),
    ) -> Self {
        let url = config.url.as_ref().unwrap().expose_secret();
        let owner = Owner { pool: PgPoolOptions::new().connect(url).await.unwrap() };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let keys = Arc::new(RootKey::from_bytes([0x42; 32]));
        let connect = |role| Db::connect(config, role, Arc::clone(&keys), Arc::clone(&clock));
        let tenants: Vec<TenantId> = (0..tenants).map(|_| new_id()).collect();
        let signer = |tenant: &TenantId| {
            let origin = format!("gatewright.localhost/log/{tenant}");
            let key = SigningKey::from_seed([3; 32]);
            (*tenant, Arc::new(LogSigner { origin, key }))
        };
        let decider = Arc::new(Decider {
            owner: owner.clone(),
            signers: tenants.iter().map(signer).collect(),
            cosigner: Arc::new(NoteSigner {
                name: "gatewright.localhost/gates/test".to_owned(),
                key: SigningKey::from_seed([5; 32]),
            }),
            overtake: AtomicU32::new(0),
            decided: AtomicU32::new(0),
            decided_under_head: AtomicU32::new(0),
            numbers: AtomicU64::new(0),
        });
        let mut options = JournalOptions::new(connect(Role::Journal).await.unwrap().pg_options());
        tell(&mut options);
        let shutdown = CancellationToken::new();
        let journal =
            Journal::start(options.clone(), Arc::clone(&decider), shutdown.clone()).await.unwrap();
        let check = connect(Role::Check).await.unwrap();
        Self { owner, tenants, decider, journal, check, shutdown, options }
    }

    /// The same tenants and database, with a journal of its own: another replica.
    pub(crate) async fn replica(&self) -> Self {
        let (options, decider) = (self.options.clone(), Arc::clone(&self.decider));
        let shutdown = CancellationToken::new();
        let journal =
            Journal::start(options.clone(), Arc::clone(&decider), shutdown.clone()).await.unwrap();
        Self {
            owner: self.owner.clone(),
            tenants: self.tenants.clone(),
            decider,
            journal,
            check: self.check.clone(),
            shutdown,
            options,
        }
    }

    /// Decides and records, with five seconds to do so.
    pub(crate) async fn ask(&self, question: Question) -> SubmitResult<Decider> {
        self.ask_within(question, Duration::from_secs(5), None).await
    }

    pub(crate) async fn ask_within(
        &self,
        question: Question,
        patience: Duration,
        min_epoch: Option<Epoch>,
    ) -> SubmitResult<Decider> {
        let question = Arc::new(question);
        let decided = match self.decider.decide(&question, Epoch(0)).await {
            Ok(decided) => decided,
            Err(error) => return Err(error.into()),
        };
        self.journal.submit(question, decided, Instant::now() + patience, min_epoch).await
    }

    pub(crate) fn verifier(&self, tenant: TenantId) -> VerifierKey {
        let signer = &self.decider.signers[&tenant];
        VerifierKey::new(&signer.origin, signer.key.public())
    }

    /// A reading transaction of the check service.
    pub(crate) async fn reading(&self, tenant: TenantId) -> TenantTx {
        let actor = Actor { kind: ActorKind::Machine, id: "test".to_owned(), key_id: None };
        self.check.tenant(&Identity { tenant, actor }).await.unwrap()
    }

    /// Every invariant of a tenant's log: no gap, no fork, a decision at its own epoch.
    pub(crate) async fn assert_sound(&self, tenant: TenantId) {
        let broken = self
            .owner
            .number(
                "select count(*) from (
                     select idx, row_number() over (order by idx) - 1 as n
                     from journal.entries where tenant_id = $1) e where idx <> n",
                tenant,
            )
            .await;
        assert_eq!(broken, 0, "positions have no gap");
        let broken = self
            .owner
            .number(
                "select count(*) from (
                     select prev, lag(size, 1, 0::bigint) over (order by prev) as before
                     from journal.batches where tenant_id = $1) b where prev <> before",
                tenant,
            )
            .await;
        assert_eq!(broken, 0, "every batch continues the one before");
        let stale = self
            .owner
            .number(
                "select count(*) from journal.entries d
                 join journal.entries m on m.tenant_id = d.tenant_id and m.moves_epoch
                     and m.idx < d.idx
                     and m.idx >= (convert_from(d.body, 'UTF8')::jsonb ->> 'epoch')::bigint
                 where d.tenant_id = $1 and d.kind = 'check.decided.v1'",
                tenant,
            )
            .await;
        assert_eq!(stale, 0, "no decision was made at an epoch that had passed");
    }

    pub(crate) async fn count(&self, tenant: TenantId) -> i64 {
        let sql = "select count(*) from journal.entries
                   where tenant_id = $1 and kind = 'check.decided.v1'";
        self.owner.number(sql, tenant).await
    }
}
