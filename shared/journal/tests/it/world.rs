//! Tenants, and a journal that records for them.

use std::{sync::Arc, time::Duration};

use gw_crypto::{keys::SigningKey, note::VerifierKey, seal::RootKey};
use gw_db::{DatabaseConfig, Db, Role, TenantTx};
use gw_journal::{
    Deciding, Journal, JournalOptions, LogSigner, Recorded, SubmitError, SubmitResult, Submitted,
};
use gw_kernel::{Actor, ActorKind, Clock, Epoch, Identity, SystemClock, TenantId};
use secrecy::ExposeSecret;
use sqlx::postgres::PgPoolOptions;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    decider::{Answer, Decider, Question},
    owner::{Owner, new_id},
};

/// What a question without a key comes to.
pub(crate) type Asked = Result<Recorded<Answer>, SubmitError<&'static str>>;

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
        let signers = tenants.iter().map(signer).collect();
        let decider = Arc::new(Decider::new(owner.clone(), signers));
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
    pub(crate) async fn ask(&self, question: Question) -> Asked {
        self.ask_within(question, Duration::from_secs(5), None).await
    }

    pub(crate) async fn ask_within(
        &self,
        question: Question,
        patience: Duration,
        min_epoch: Option<Epoch>,
    ) -> Asked {
        match self.submit(question, patience, min_epoch).await? {
            Submitted::Recorded(recorded) => Ok(recorded),
            Submitted::Repeated(taken) => panic!("it repeats {}", taken.index),
            Submitted::Unit(_) => panic!("nobody asks units here"),
        }
    }

    /// Where the record is that answers a question with a key, and whether it was there before.
    pub(crate) async fn ask_keyed(
        &self,
        question: Question,
    ) -> Result<(u64, bool), SubmitError<&'static str>> {
        let submitted = self.submit(question, Duration::from_secs(5), None).await?;
        Ok(match submitted {
            Submitted::Recorded(recorded) => (recorded.index, false),
            Submitted::Repeated(taken) => (taken.index, true),
            Submitted::Unit(_) => panic!("nobody asks units here"),
        })
    }

    async fn submit(
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

    /// Waits until nothing is queued and the lanes have every tenant back: callers are answered
    /// before their tenant is let go of.
    pub(crate) async fn settled(&self) {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let health = self.journal.health();
            if (health.queued, health.tenants_aside) == (0, 0) {
                return;
            }
            assert!(Instant::now() < deadline, "nothing lets go: {health:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
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

    /// Every invariant of a tenant's log: no gap, no fork, a decision at its own epoch, and counted
    /// beside its batch as what its record says.
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
        let miscounted = self
            .owner
            .number(
                "select count(*) from journal.batches b
                 left join lateral (
                     select jsonb_agg(jsonb_build_object('gate', gate_id, 'decision', decision,
                         'caller', caller, 'count', n)) as lines
                     from (
                         select e.gate_id, r ->> 'decision' as decision, r ->> 'caller' as caller,
                             count(*) as n
                         from journal.entries e
                         cross join lateral (select convert_from(e.body, 'UTF8')::jsonb) as d (r)
                         where e.tenant_id = b.tenant_id and e.kind = 'check.decided.v1'
                             and e.idx >= b.prev and e.idx < b.size
                         group by 1, 2, 3) counted) held on true
                 where b.tenant_id = $1 and (b.tally is null) <> (held.lines is null)
                     or b.tenant_id = $1 and not (b.tally @> held.lines and b.tally <@ held.lines)",
                tenant,
            )
            .await;
        assert_eq!(miscounted, 0, "a batch says what its decisions count as");
    }

    pub(crate) async fn count(&self, tenant: TenantId) -> i64 {
        let sql = "select count(*) from journal.entries
                   where tenant_id = $1 and kind = 'check.decided.v1'";
        self.owner.number(sql, tenant).await
    }
}
