use std::time::Duration;

use gw_db::{DbError, OnConstraint as _, Reason, Role};
use gw_kernel::{ActorKind, Epoch, Fault as _, FaultKind, TenantId};
use serde_json::Value;
use sqlx::PgConnection;

use crate::probe::{Mentioned, Noted, actor, identity, tenant, things};

#[tokio::test]
async fn a_commit_answers_the_epoch_that_it_made() {
    let database = gw_testkit::database().await;
    let db = database.db(Role::Tenants).await;

    let tx = db.tenant(&identity(1)).await.unwrap();
    assert_eq!(tx.commit().await.unwrap(), Epoch(0), "a log that has not begun");

    let mut tx = db.tenant(&identity(1)).await.unwrap();
    tx.record(Mentioned(1)).unwrap();
    tx.record(Noted(2)).unwrap();
    tx.record(Mentioned(3)).unwrap();
    assert_eq!(tx.commit().await.unwrap(), Epoch(2));

    let mut tx = db.tenant(&identity(1)).await.unwrap();
    assert_eq!(tx.epoch().await.unwrap(), Epoch(2));
    assert_eq!(tx.commit().await.unwrap(), Epoch(2));
    let tx = db.tenant(&identity(2)).await.unwrap();
    assert_eq!(tx.commit().await.unwrap(), Epoch(0), "another tenant's log");
}

#[tokio::test]
async fn an_entry_is_the_event_in_its_envelope() {
    let database = gw_testkit::database().await;
    let mut tx = database.db(Role::Tenants).await.tenant(&identity(1)).await.unwrap();
    tx.record(Noted(2)).unwrap();
    tx.commit().await.unwrap();

    let (kind, moves, body): (String, bool, Vec<u8>) =
        sqlx::query_as("select kind, moves_epoch, body from journal.entries")
            .fetch_one(&database.owner().await)
            .await
            .unwrap();
    assert_eq!((kind.as_str(), moves), ("probe.noted.v1", true));
    let event: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(event["type"], "probe.noted.v1");
    assert_eq!(event["source"], format!("/tenants/{}", tenant(1)));
    assert_eq!(gw_crypto::canonical::to_vec(&event).unwrap(), body);
}

#[tokio::test]
async fn a_change_that_nobody_recorded_is_not_committed() {
    let database = gw_testkit::database().await;
    things(&database).await;
    let db = database.db(Role::Gates).await;
    let mut tx = db.tenant(&identity(1)).await.unwrap();
    sqlx::query("insert into probe.things (name) values ('a')").execute(tx.conn()).await.unwrap();
    let refused = tx.commit().await.unwrap_err();
    assert!(matches!(refused, DbError::Unrecorded));
    assert_eq!(refused.kind(), FaultKind::Internal);

    let mut tx = db.tenant(&identity(1)).await.unwrap();
    let left: i64 =
        sqlx::query_scalar("select count(*) from probe.things").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(left, 0);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_named_constraint_is_an_error_of_the_business() {
    #[derive(Debug)]
    enum Refusal {
        Taken,
        Db(DbError),
    }
    impl From<DbError> for Refusal {
        fn from(error: DbError) -> Self {
            Self::Db(error)
        }
    }
    let database = gw_testkit::database().await;
    things(&database).await;
    let db = database.db(Role::Gates).await;
    for (name, expected) in
        [("twice", "things_pkey"), ("much, much too long a name", "things_short")]
    {
        let mut tx = db.tenant(&identity(1)).await.unwrap();
        let insert = "insert into probe.things (name) values ('twice'), ($1)";
        let refusal = sqlx::query(insert)
            .bind(name)
            .execute(tx.conn())
            .await
            .on_constraint("things_pkey", || Refusal::Taken)
            .unwrap_err();
        assert_eq!(matches!(refusal, Refusal::Taken), expected == "things_pkey");
        if let Refusal::Db(error) = refusal {
            assert_eq!((error.sqlstate().as_deref(), error.code()), (Some("23514"), "internal.db"));
        }
    }
}

#[tokio::test]
async fn what_is_done_to_a_tenant_is_in_both_logs() {
    let database = gw_testkit::database().await;
    let db = database.db(Role::Tenants).await;
    let mut tx = db.platform(Reason::Actor(actor())).await.unwrap();
    assert_eq!(tx.bound(), TenantId::PLATFORM);
    tx.record(TenantId::PLATFORM, Mentioned(1)).unwrap();
    tx.record(tenant(1), Noted(1)).unwrap();
    let epochs = tx.commit().await.unwrap();
    assert_eq!(
        epochs.into_iter().collect::<Vec<_>>(),
        [(TenantId::PLATFORM, Epoch(0)), (tenant(1), Epoch(1))]
    );
    // The tenant's head first, the platform's last: the order in which they were taken.
    let order: Vec<uuid::Uuid> =
        sqlx::query_scalar("select tenant_id from journal.batches order by at")
            .fetch_all(&database.owner().await)
            .await
            .unwrap();
    assert_eq!(order, [tenant(1).uuid(), TenantId::PLATFORM.uuid()]);
}

#[tokio::test]
async fn an_actor_always_leaves_an_entry_and_machinery_never() {
    let database = gw_testkit::database().await;
    let db = database.db(Role::Tenants).await;
    let tx = db.platform(Reason::Actor(actor())).await.unwrap();
    assert!(matches!(tx.commit().await, Err(DbError::Unrecorded)));

    let mut tx = db.platform(Reason::Machinery("probe")).await.unwrap();
    assert!(matches!(tx.record(tenant(1), Noted(1)), Err(DbError::NoActor)));
    tx.bind(tenant(1)).await.unwrap();
    assert!(matches!(tx.data_key().await, Err(DbError::NoDataKey(t)) if t == tenant(1)));
    assert_eq!(tx.commit().await.unwrap().len(), 0);
}

#[tokio::test]
async fn who_cannot_have_the_head_is_told_to_come_back() {
    let database = gw_testkit::database().await;
    let db = database.db(Role::Tenants).await;
    let record = async || {
        let mut tx = db.tenant(&identity(1)).await.unwrap();
        tx.record(Noted(1)).unwrap();
        tx.commit().await
    };
    record().await.unwrap();
    let mut holder = database.owner().await.begin().await.unwrap();
    sqlx::query("select from journal.heads for update").execute(&mut *holder).await.unwrap();
    let busy = record().await.unwrap_err();
    assert_eq!((busy.kind(), busy.code()), (FaultKind::Unavailable, "database.unavailable"));
    holder.rollback().await.unwrap();
    assert_eq!(record().await.unwrap(), Epoch(2));
}

/// What this connection goes by, in the units that Postgres shows it in.
async fn settings(conn: &mut PgConnection) -> Vec<String> {
    let names = [
        "synchronous_commit",
        "lock_timeout",
        "statement_timeout",
        "idle_in_transaction_session_timeout",
        "tcp_keepalives_idle",
    ];
    sqlx::query_scalar("select current_setting(name) from unnest($1::text[]) as name")
        .bind(names.as_slice())
        .fetch_all(conn)
        .await
        .unwrap()
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let database = gw_testkit::database().await;
    let lax = "do $$ begin execute format(
        'alter database %I set synchronous_commit = off', current_database()); end $$";
    sqlx::raw_sql(lax).execute(&database.owner().await).await.unwrap();
    let db = database.db(Role::Gates).await;
    let mut tx = db.tenant(&identity(1)).await.unwrap();
    assert_eq!(settings(tx.conn()).await, ["on", "3s", "5s", "2s", "2"]);

    let limit = Duration::from_millis(300);
    let mut loader = db.loader_within(limit).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "a loader has limits of its own")]
    let mut snapshot = loader.snapshot(tenant(1)).await.unwrap();
    assert_eq!(settings(snapshot.conn()).await, ["on", "300ms", "300ms", "10s", "2"]);
}

#[tokio::test]
async fn what_the_platform_does_to_a_tenant_is_in_both_logs() {
    let database = gw_testkit::database().await;
    let mut who = identity(1);
    who.actor.kind = ActorKind::Platform;
    let mut tx = database.db(Role::Gates).await.tenant(&who).await.unwrap();
    tx.record(Noted(2)).unwrap();
    assert_eq!(tx.commit().await.unwrap(), Epoch(1), "the tenant's epoch");

    let logs: Vec<uuid::Uuid> =
        sqlx::query_scalar("select tenant_id from journal.entries order by tenant_id")
            .fetch_all(&database.owner().await)
            .await
            .unwrap();
    assert_eq!(logs, [TenantId::PLATFORM, tenant(1)].map(TenantId::uuid));
}
