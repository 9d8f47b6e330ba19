//! What is past its tenant's retention loses its body, and nothing else does.

use std::time::Duration;

use gw_contracts::CheckRefusedV1;
use gw_db::Role;
use gw_kernel::{Clock as _, TenantId};
use gw_testkit::App;
use sqlx::{Executor as _, Pool, Postgres};

use crate::world::{World, forgetter};

/// Sets a tenant's retention as the tenants' service leaves it.
async fn keeps(owner: &Pool<Postgres>, tenant: TenantId, days: i32) {
    sqlx::query(
        "insert into tenants.limits values ($1, 10, 100, 100, 100, $2, now())
         on conflict (tenant_id) do update set retention_days = $2",
    )
    .bind(tenant.uuid())
    .bind(days)
    .execute(owner)
    .await
    .unwrap();
}

/// Waits until somebody who began after this has found nothing left to do in the tenant's log.
async fn looked_through(owner: &Pool<Postgres>, tenant: TenantId) {
    let begun: String =
        sqlx::query_scalar("select clock_timestamp()::text").fetch_one(owner).await.unwrap();
    let looked = "select coalesce(
        (select looked_at > $2::timestamptz from audit.retention where tenant_id = $1), false)";
    loop {
        let looked = sqlx::query_scalar(looked).bind(tenant.uuid()).bind(&begun);
        if looked.fetch_one(owner).await.unwrap() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The positions of a log that have a body.
async fn bodies(owner: &Pool<Postgres>, tenant: TenantId) -> Vec<i64> {
    let sql =
        "select idx from journal.entries where tenant_id = $1 and body is not null order by 1";
    sqlx::query_scalar(sql).bind(tenant.uuid()).fetch_all(owner).await.unwrap()
}

/// A log is digested up to its end by whoever asks for usage.
async fn digest(app: &App, key: &str) {
    let (_, usage) = app.get("/v1/admin/usage", key).await;
    assert_eq!(usage["counted_to"], usage["size"], "{usage}");
}

/// By how many days more a log has to be aged because it is the first hour of a day.
async fn grace(owner: &Pool<Postgres>) -> i32 {
    let sql = "select (now() at time zone 'UTC')::date
        - ((now() - interval '1 hour') at time zone 'UTC')::date";
    sqlx::query_scalar(sql).fetch_one(owner).await.unwrap()
}

#[tokio::test]
async fn a_decision_loses_its_body_the_day_after_its_last_and_no_sooner() {
    let world = World::new().await;
    let (owner, tenant) = (world.db.owner().await, world.tenant.id);
    keeps(&owner, tenant, 30).await;
    let gate = world.gate("gate_front").await;
    world.decide(gate, &[("allow", Some(world.tenant.key)); 2]).await;
    let minute = world.db.clock.now();
    let refused = CheckRefusedV1 {
        minute,
        source: CheckRefusedV1::UNVERIFIED.to_owned(),
        code: "caller.unknown".to_owned(),
        count: 1,
        first_at: minute,
        last_at: minute,
        replica: "r".to_owned(),
    };
    world.record(Role::Check, refused).await;
    world.key_created(None).await;
    world.db.age(tenant, 1).await;
    world.decide(gate, &[("block", Some(world.tenant.key)); 2]).await;
    let untouched: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select idx, hash from journal.entries where tenant_id = $1 order by idx")
            .bind(tenant.uuid())
            .fetch_all(&owner)
            .await
            .unwrap();
    let all: Vec<i64> = untouched.iter().map(|(idx, _)| *idx).collect();

    // The newer two are at the edge: it is their last day.
    world.db.age(tenant, 30 + grace(&owner).await).await;
    digest(&world.app, &world.tenant.api_key).await;
    let _forgetter = forgetter(&world.db).await;
    looked_through(&owner, tenant).await;
    let gone = |from: &[i64], gone: &[i64]| -> Vec<i64> {
        from.iter().copied().filter(|idx| !gone.contains(idx)).collect()
    };
    assert_eq!(all, [0, 1, 2, 3, 4, 5, 6]);
    let (older, newer) = ([1, 2], [5, 6]);
    assert_eq!(bodies(&owner, tenant).await, gone(&all, &older));

    // Shortened, it takes them; lengthened, it gives nothing back.
    keeps(&owner, tenant, 29).await;
    looked_through(&owner, tenant).await;
    let left = gone(&all, &[older, newer].concat());
    assert_eq!(bodies(&owner, tenant).await, left);
    keeps(&owner, tenant, 3_650).await;
    looked_through(&owner, tenant).await;
    assert_eq!(bodies(&owner, tenant).await, left);
    let hashes: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select idx, hash from journal.entries where tenant_id = $1 order by idx")
            .bind(tenant.uuid())
            .fetch_all(&owner)
            .await
            .unwrap();
    assert_eq!(hashes, untouched, "what is left of them is what it was");

    // The history of what changed is whole.
    let history = world.history("/v1/admin/history").await;
    assert_eq!(history["items"].as_array().unwrap().len(), left.len() - 1, "{history}");
}

#[tokio::test]
async fn whoever_follows_the_log_is_waited_for() {
    let world = World::new().await;
    let (owner, tenant) = (world.db.owner().await, world.tenant.id);
    keeps(&owner, tenant, 30).await;
    let gate = world.gate("gate_front").await;
    world.decide(gate, &[("allow", Some(world.tenant.key)); 3]).await;
    digest(&world.app, &world.tenant.api_key).await;
    world.decide(gate, &[("block", Some(world.tenant.key)); 3]).await;
    world.db.age(tenant, 60).await;
    let all = bodies(&owner, tenant).await;
    let [administrative, digested, behind] = [&all[..1], &all[1..4], &all[4..]];
    assert_eq!((digested.len(), behind.len()), (3, 3));
    let _forgetter = forgetter(&world.db).await;
    looked_through(&owner, tenant).await;
    assert_eq!(bodies(&owner, tenant).await, [administrative, behind].concat());

    // Counted whole, then forgotten.
    sqlx::query("update audit.cursors set day = day - 60 where tenant_id = $1")
        .bind(tenant.uuid())
        .execute(&owner)
        .await
        .unwrap();
    digest(&world.app, &world.tenant.api_key).await;
    looked_through(&owner, tenant).await;
    assert_eq!(bodies(&owner, tenant).await, administrative);
    let counted: Vec<(String, i64)> = sqlx::query_as(
        "select decision, sum(count)::bigint from audit.decisions_by_day group by 1 order by 1",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    assert_eq!(counted, [("allow".to_owned(), 3), ("block".to_owned(), 3)]);
}

#[tokio::test]
async fn more_than_is_taken_at_once_is_taken_by_two_at_once() {
    let world = World::new().await;
    let (owner, tenant) = (world.db.owner().await, world.tenant.id);
    keeps(&owner, tenant, 1).await;
    let gate = world.gate("gate_front").await;
    for _ in 0..5 {
        world.decide(gate, &[("allow", None); 500]).await;
    }
    world.db.age(tenant, 9).await;
    digest(&world.app, &world.tenant.api_key).await;
    let kept = bodies(&owner, tenant).await.len() - 2_500;
    let (_one, _other) = tokio::join!(forgetter(&world.db), forgetter(&world.db));
    looked_through(&owner, tenant).await;
    assert_eq!(bodies(&owner, tenant).await.len(), kept);
}

#[tokio::test]
async fn the_platforms_own_log_and_other_tenants_keep_theirs() {
    let world = World::new().await;
    let (owner, tenant) = (world.db.owner().await, world.tenant.id);
    let platform = world.db.platform().await;
    let other = world.db.tenant("other").await;
    keeps(&owner, tenant, 1).await;
    let gate = world.gate("gate_front").await;
    world.decide(gate, &[("allow", None); 2]).await;
    // As if decisions were in the others' logs, and as old.
    for id in [platform.id, other.id] {
        let mut tx = owner.begin().await.unwrap();
        tx.execute(sqlx::AssertSqlSafe(format!("set local gw.tenant_id = '{}'", id.uuid())))
            .await
            .unwrap();
        tx.execute(
            "select journal.append(array[row (gen_random_uuid(), 'check.decided.v1', null, false,
                 '{}'::bytea)::journal.new_entry])",
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        world.db.age(id, 3_640).await;
        sqlx::query(
            "insert into audit.cursors (tenant_id, next)
             select tenant_id, max(size) from journal.batches where tenant_id = $1 group by 1",
        )
        .bind(id.uuid())
        .execute(&owner)
        .await
        .unwrap();
    }
    world.db.age(tenant, 9).await;
    world.db.age(platform.id, 90).await;
    digest(&world.app, &world.tenant.api_key).await;
    let before = [bodies(&owner, platform.id).await, bodies(&owner, other.id).await];
    let own = bodies(&owner, tenant).await.len();
    let _forgetter = forgetter(&world.db).await;
    looked_through(&owner, tenant).await;
    looked_through(&owner, other.id).await;
    let after = [bodies(&owner, platform.id).await, bodies(&owner, other.id).await];
    assert_eq!(after, before, "nobody's plan, and a plan of ten years");
    assert_eq!(bodies(&owner, tenant).await.len(), own - 2);
}

#[tokio::test]
async fn nobody_can_take_more_than_the_function_takes() {
    let world = World::new().await;
    let gate = world.gate("gate_front").await;
    world.decide(gate, &[("allow", None); 2]).await;
    for (sql, why) in [
        ("update journal.entries set body = null", "42501"),
        ("select * from journal.forget(0, '2000-01-01', 100, 0, 10)", "22023"),
        ("select * from journal.forget(0, '2000-01-01', 100, null, 10)", "22023"),
    ] {
        let mut tx = world.change(Role::Audit).await;
        let refused = sqlx::query(sql).execute(tx.conn()).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), why, "{sql}");
    }
    let mut tx = world.change(Role::Check).await;
    let sql = "select * from journal.forget(0, '2000-01-01', 100, 1, 10)";
    let refused = sqlx::query(sql).execute(tx.conn()).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501");
    assert_eq!(bodies(&world.db.owner().await, world.tenant.id).await, [0, 1, 2]);
}
