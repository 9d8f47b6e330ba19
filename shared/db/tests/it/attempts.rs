use std::sync::Arc;

use gw_db::{Attempt, Db, DbError, Reason, Repeated, RequestKey, Role, Standing};
use gw_kernel::{Actor, ActorKind, Clock as _, TenantId};
use gw_testkit::{Database, TestTenant};

use crate::probe::Noted;

/// An attempt of this tenant's key at the request that everybody here makes.
fn attempt(db: &Db, tenant: &TestTenant) -> Arc<Attempt> {
    let attempt = Arc::new(Attempt::default());
    let key = RequestKey { tenant: tenant.id, caller: tenant.key.to_string(), key_sha256: [7; 32] };
    attempt.name(db.clone(), key, Box::new(|| [9; 32]));
    attempt
}

async fn note(db: &Db, tenant: &TestTenant) -> Result<(), DbError> {
    let mut tx = db.tenant(&tenant.identity()).await?;
    tx.record(Noted(1))?;
    tx.commit().await.map(drop)
}

async fn count(db: &Database, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&db.owner().await).await.unwrap()
}

async fn entries(db: &Database) -> i64 {
    count(db, "select count(*) from journal.entries").await
}

#[tokio::test]
async fn what_was_appended_and_not_answered_never_was() {
    let database = gw_testkit::database().await;
    let acme = database.tenant("acme").await;
    let db = database.db(Role::Tenants).await;
    let lost = attempt(&db, &acme);
    lost.run(note(&db, &acme)).await.unwrap();
    assert!(matches!(lost.standing(), Standing::Changed));
    assert_eq!(entries(&database).await, 0, "nobody sees it before it is answered");
    // As when the process ends here: the connection closes with the transaction open.
    drop(lost);

    let again = attempt(&db, &acme);
    again.run(note(&db, &acme)).await.unwrap();
    assert!(again.keep(b"answer").await.unwrap().is_none());
    assert_eq!(entries(&database).await, 1);
    let repeated = attempt(&db, &acme);
    let refused = repeated.run(note(&db, &acme)).await.unwrap_err();
    assert!(matches!(refused, DbError::Repeated));
    let Standing::Repeated(Repeated::Answered(answer)) = repeated.standing() else { panic!() };
    assert_eq!(answer.as_slice(), b"answer");
    assert_eq!(entries(&database).await, 1);
}

#[tokio::test]
async fn an_answer_that_cannot_be_kept_takes_what_was_done_with_it() {
    let database = gw_testkit::database().await;
    let acme = database.tenant("acme").await;
    let db = database.db(Role::Tenants).await;
    let failing = attempt(&db, &acme);
    failing.run(note(&db, &acme)).await.unwrap();
    let breaks = "alter table gw.requests add constraint never check (false) not valid";
    // The lock that this needs is not held: the row is written last.
    sqlx::query(breaks).execute(&database.owner().await).await.unwrap();
    failing.keep(b"answer").await.unwrap_err();
    assert_eq!(entries(&database).await, 0);
}

#[tokio::test]
async fn one_attempt_commits_one_transaction() {
    let database = gw_testkit::database().await;
    let acme = database.tenant("acme").await;
    let db = database.db(Role::Tenants).await;
    let twice = attempt(&db, &acme);
    let refused = twice
        .run(async {
            note(&db, &acme).await?;
            note(&db, &acme).await
        })
        .await;
    assert!(matches!(refused, Err(DbError::SecondCommit)));
    drop(twice);
    assert_eq!(entries(&database).await, 0);

    // What was only read, or given up, is no commit.
    let reads = attempt(&db, &acme);
    reads
        .run(async {
            db.tenant(&acme.identity()).await?.epoch().await?;
            note(&db, &acme).await
        })
        .await
        .unwrap();
    reads.commit().await.unwrap();
    assert_eq!(entries(&database).await, 1);
    assert_eq!(count(&database, "select count(*) from gw.requests").await, 0);
}

#[tokio::test]
async fn a_sealed_answer_opens_in_its_own_row_alone() {
    let database = gw_testkit::database().await;
    let acme = database.tenant("acme").await;
    let db = database.db(Role::Tenants).await;
    let first = attempt(&db, &acme);
    first.run(note(&db, &acme)).await.unwrap();
    first.keep(b"answer").await.unwrap();
    let moved = "update gw.requests set id = gen_random_uuid()";
    sqlx::query(moved).execute(&database.owner().await).await.unwrap();
    let refused = attempt(&db, &acme).run(note(&db, &acme)).await.unwrap_err();
    assert!(matches!(refused, DbError::Sealed(tenant) if tenant == acme.id));
    assert_eq!(entries(&database).await, 1);
}

#[tokio::test]
async fn the_platforms_machinery_is_nobodys_attempt() {
    let database = gw_testkit::database().await;
    let staff = database.platform().await;
    let db = database.db(Role::Tenants).await;
    let working = attempt(&db, &staff);
    working
        .run(async { db.platform(Reason::Machinery("relay")).await?.commit().await })
        .await
        .unwrap();
    assert!(matches!(working.standing(), Standing::Unchanged));
    let actor = Actor { kind: ActorKind::Platform, id: staff.key.to_string(), key_id: None };
    let acting = async || {
        let mut tx = db.platform(Reason::Actor(actor.clone())).await?;
        tx.record(TenantId::PLATFORM, Noted(1))?;
        tx.commit().await
    };
    working.run(acting()).await.unwrap();
    working.keep(b"done").await.unwrap();
    assert!(attempt(&db, &staff).run(acting()).await.is_err());
    assert_eq!(entries(&database).await, 1);
}

/// Rows that are too old go on the way, a hundred at a time, and nobody else's.
#[tokio::test]
async fn old_answers_are_removed_on_the_way() {
    let database = gw_testkit::database().await;
    let (acme, other) = (database.tenant("acme").await, database.tenant("other").await);
    let fill = "insert into gw.requests (tenant_id, id, caller, key_sha256, fingerprint, sealed, created_at)
        select $1, gen_random_uuid(), 'old', sha256(n::text::bytea), sha256(''), '', $2
        from generate_series(1, 150) as n";
    let yesterday = database.clock.now() - chrono::TimeDelta::hours(24);
    for tenant in [acme.id, other.id] {
        let filled = sqlx::query(fill).bind(tenant.uuid()).bind(yesterday);
        filled.execute(&database.owner().await).await.unwrap();
    }
    let db = database.db(Role::Tenants).await;
    let first = attempt(&db, &acme);
    first.run(note(&db, &acme)).await.unwrap();
    first.keep(b"answer").await.unwrap();
    assert_eq!(count(&database, "select count(*) from gw.requests").await, 150 + 50 + 1);
}
