//! Migrations applied while others read and write: nobody waits for one longer than a moment.

use std::time::{Duration, Instant};

use futures::future::join_all;
use gw_db::{Applied, DbError, MIGRATIONS, Patience, migrate_with};
use gw_kernel::{Fault as _, FaultKind};
use gw_testkit::Database;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};
use tokio::{task::JoinHandle, time::timeout};

use super::BASELINE;

/// For how long a transaction is under way.
const UNDER_WAY: Duration = Duration::from_millis(800);
/// What everybody else may wait at most, on a busy machine: a check's own deadline is two seconds.
const MOMENT: Duration = Duration::from_secs(1);
/// A migration that gives up does so within seconds; one that has not by then never will.
const ENDLESS: Duration = Duration::from_secs(60);
/// Tenants, and what each of them has, as the last migration of the baseline has its tables.
const POPULATION: &str = include_str!("population.sql");
/// A check that is being recorded: it has read what it is decided from, and written.
const CHECK: &str = include_str!("check.sql");

/// A database of the baseline in which there are tenants at work.
struct Populated {
    url: String,
    _server: Database,
}

impl Populated {
    async fn new() -> Self {
        let server = gw_testkit::database().await;
        let (base, name) = server.url().rsplit_once('/').unwrap();
        let create = format!("create database {name}_populated");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&server.owner().await).await.unwrap();
        let populated = Self { url: format!("{base}/{name}_populated"), _server: server };
        populated.migrate(&known(*BASELINE.end()), Patience::default()).await.unwrap();
        let mut owner = populated.connect().await;
        sqlx::raw_sql(POPULATION).execute(&mut owner).await.unwrap();
        populated
    }

    async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    async fn migrate(&self, migrations: &Migrator, how: Patience) -> Result<Applied, DbError> {
        migrate_with(migrations, how, &self.url.as_str().into(), |_| {}).await
    }

    /// Applies these migrations beside a transaction that ends after a while, and answers how long
    /// the slowest of many others took meanwhile.
    async fn beside_others(&self, migrations: &Migrator) -> Duration {
        let mut under_way = self.connect().await;
        check(&mut under_way, 1, "begin").await;
        let others = self.others().await;
        let (migrated, ()) = futures::join!(self.migrate(migrations, Patience::default()), async {
            tokio::time::sleep(UNDER_WAY).await;
            check(&mut under_way, 1, "commit").await;
        });
        migrated.unwrap();
        others.end().await
    }

    async fn others(&self) -> Others {
        let (stop, mut stopped) = tokio::sync::oneshot::channel();
        let mut connection = self.connect().await;
        let working = tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            while stopped.try_recv().is_err() {
                let began = Instant::now();
                check(&mut connection, 2, "begin").await;
                check(&mut connection, 2, "commit").await;
                slowest = slowest.max(began.elapsed());
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            slowest
        });
        Others { stop, working }
    }
}

/// Checks of another tenant, one after the other.
struct Others {
    stop: tokio::sync::oneshot::Sender<()>,
    working: JoinHandle<Duration>,
}

impl Others {
    async fn end(self) -> Duration {
        self.stop.send(()).unwrap();
        self.working.await.unwrap()
    }
}

/// Begins a check of this tenant up to the point where it is recorded, or ends it.
async fn check(connection: &mut PgConnection, tenant: u32, what: &str) {
    let sql = if what == "begin" {
        let bound = format!("70000000-0000-7000-8000-{tenant:012}");
        format!("begin; select set_config('gw.tenant_id', '{bound}', true); {CHECK}")
    } else {
        what.to_owned()
    };
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

/// The migrations of this release up to one.
fn known(last: i64) -> Migrator {
    let until = MIGRATIONS.iter().filter(|migration| migration.version <= last);
    Migrator::with_migrations(until.cloned().collect())
}

/// The baseline, and a migration behind it.
fn and(sql: &'static str) -> Migrator {
    let mut all: Vec<Migration> = known(*BASELINE.end()).iter().cloned().collect();
    let alone = sql.starts_with("-- no-transaction");
    let simple = MigrationType::Simple;
    all.push(Migration::new(9000, "tried".into(), simple, sql.into_sql_str(), alone));
    Migrator::with_migrations(all)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_any_later_migration() {
    let populated = Populated::new().await;
    let later = MIGRATIONS.iter().filter(|migration| migration.version > *BASELINE.end());
    for migration in later {
        let slowest = populated.beside_others(&known(migration.version)).await;
        assert!(slowest < MOMENT, "{} kept somebody for {slowest:?}", migration.version);
    }
}

/// Were this one to pass, the test above would prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_keeps_its_lock_is_noticed() {
    let populated = Populated::new().await;
    let long = and("lock table journal.uses in access exclusive mode; select pg_sleep(2)");
    assert!(populated.beside_others(&long).await > MOMENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_gives_way_until_what_is_under_way_has_ended() {
    let populated = Populated::new().await;
    let slowest = populated.beside_others(&and("alter table journal.uses add note text")).await;
    assert!(slowest < MOMENT, "{slowest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_never_gets_its_locks_says_so_and_changes_nothing() {
    let populated = Populated::new().await;
    let wanted = and("create table journal.notes (); alter table journal.uses add note text");
    let hasty = Patience {
        lock_timeout: Duration::from_millis(50),
        attempts: 3,
        pause: Duration::from_millis(20),
    };
    let mut under_way = populated.connect().await;
    check(&mut under_way, 1, "begin").await;
    let others = populated.others().await;
    let migrating = timeout(ENDLESS, populated.migrate(&wanted, hasty)).await;
    let refused = migrating.expect("it waits for as long as it takes").unwrap_err();
    assert_eq!(refused.code(), "database.migration_locked");
    assert_eq!(refused.kind(), FaultKind::Unavailable);
    assert!(refused.to_string().contains("9000 tried"), "{refused}");
    assert!(others.end().await < MOMENT);
    let made: bool = sqlx::query_scalar("select to_regclass('journal.notes') is not null")
        .fetch_one(&mut under_way)
        .await
        .unwrap();
    assert!(!made);
    check(&mut under_way, 1, "commit").await;
    assert_eq!(populated.migrate(&wanted, hasty).await.unwrap().applied, ["9000 tried"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_built_concurrently_whoever_else_migrates_and_works() {
    let populated = Populated::new().await;
    let index = and("-- no-transaction\ncreate index concurrently noted on journal.uses (idx)");
    let mut under_way = populated.connect().await;
    check(&mut under_way, 1, "begin").await;
    let others = populated.others().await;
    let all = join_all((0..3).map(|_| populated.migrate(&index, Patience::default())));
    let (migrated, ()) = futures::join!(all, async {
        tokio::time::sleep(UNDER_WAY).await;
        check(&mut under_way, 1, "commit").await;
    });
    let applied: usize = migrated.into_iter().map(|done| done.unwrap().applied.len()).sum();
    assert_eq!(applied, 1);
    assert!(others.end().await < MOMENT);
    let valid = "select indisvalid from pg_index where indexrelid = 'journal.noted'::regclass";
    assert!(sqlx::query_scalar::<_, bool>(valid).fetch_one(&mut under_way).await.unwrap());
}
