//! Decisions are counted by what their batches say of them; where they say nothing, by their records.

use gw_kernel::{ApiKeyId, GateId};
use serde_json::{Value, json};

use crate::{
    usage::usage,
    world::{Made, World, tally},
};

/// Four decisions that count as three things.
fn mixed(world: &World) -> [Made; 4] {
    let own = Some(world.tenant.key);
    [("allow", own), ("block", own), ("allow", own), ("allow", None)]
}

async fn run(world: &World, sql: &'static str) {
    sqlx::query(sql).execute(&world.db.owner().await).await.unwrap();
}

/// Takes the bodies of all decisions whose batches say what they count as.
async fn lose_bodies(world: &World) {
    run(
        world,
        "update journal.entries e set body = null from journal.batches b
         where b.tenant_id = e.tenant_id and e.idx >= b.prev and e.idx < b.size
             and b.tally is not null and e.kind = 'check.decided.v1'",
    )
    .await;
}

/// What the decisions of each kind count to.
async fn counted(world: &World) -> Value {
    let usage = usage(world, "?by=decision,caller").await;
    assert_eq!(usage["counted_to"], usage["size"], "{usage}");
    usage["decisions"].clone()
}

/// So often what [`mixed`] holds.
fn times(world: &World, n: i64) -> Value {
    let own: ApiKeyId = world.tenant.key;
    json!([
        { "decision": "allow", "caller": "agent", "count": n },
        { "decision": "allow", "caller": own, "count": 2 * n },
        { "decision": "block", "caller": own, "count": n },
    ])
}

#[tokio::test]
async fn where_a_batch_says_what_it_counts_as_no_record_is_read() {
    let world = World::new().await;
    let (front, back) = (world.gate("gate_front").await, world.gate("gate_back").await);
    let mixed = mixed(&world);
    world.decide_tallied(front, &mixed).await;
    world.key_created(None).await;
    world.decide(front, &mixed).await;
    world.decide_tallied(front, &mixed).await;
    world.decide_tallied(back, &mixed).await;
    world.key_created(None).await;
    world.decide(back, &mixed).await;
    // The first of them were made yesterday.
    run(&world, "update journal.batches set at = at - interval '1 day' where size <= 11").await;
    run(&world, "update journal.entries set day = day - 1 where idx < 11").await;
    lose_bodies(&world).await;
    assert_eq!(counted(&world).await, times(&world, 5));

    let today = world.today().await;
    let yesterday = today.pred_opt().unwrap();
    let by_day = usage(&world, "?by=day,gate").await;
    let mut expected = [
        json!({ "day": yesterday, "gate_id": front, "count": 8 }),
        json!({ "day": today, "gate_id": front, "count": 4 }),
        json!({ "day": today, "gate_id": back, "count": 8 }),
    ];
    expected.sort_by_key(|row| [&row["day"], &row["gate_id"]].map(ToString::to_string));
    assert_eq!(by_day["decisions"], json!(expected));
    // What is not a decision was read.
    let history = world.history("/v1/admin/history?type=api_key.created.v1").await;
    assert_eq!(history["items"].as_array().unwrap().len(), 2, "{history}");
}

/// Makes the newest two batches one, which says that its decisions count as this.
async fn join_newest(world: &World, tally: &str) {
    let owner = world.db.owner().await;
    let (size, epoch, frontier): (i64, i64, Vec<u8>) = sqlx::query_as(
        "delete from journal.batches where prev = (select max(prev) from journal.batches)
         returning size, epoch, frontier",
    )
    .fetch_one(&owner)
    .await
    .unwrap();
    let joined =
        "update journal.batches set size = $1, epoch = $2, frontier = $3, tally = $4::jsonb
        where prev = (select max(prev) from journal.batches)";
    let joined = sqlx::query(joined).bind(size).bind(epoch).bind(frontier).bind(tally);
    assert_eq!(joined.execute(&owner).await.unwrap().rows_affected(), 1);
}

/// A release that knows of no tallies stops where a page of its ends.
#[tokio::test]
async fn of_a_batch_that_was_counted_in_part_the_rest_is_read() {
    for counted_before in 1..4 {
        let world = World::new().await;
        let gate = world.gate("gate_front").await;
        let mixed = mixed(&world);
        let (before, after) = mixed.split_at(counted_before);
        world.decide(gate, before).await;
        counted(&world).await;
        world.decide(gate, after).await;
        join_newest(&world, &tally(gate, &mixed)).await;
        world.decide_tallied(gate, &mixed).await;
        assert_eq!(counted(&world).await, times(&world, 2), "{counted_before}");
    }
}

#[tokio::test]
async fn a_tally_that_does_not_account_for_its_batch_is_not_believed() {
    let world = World::new().await;
    let gate = world.gate("gate_front").await;
    let mixed = mixed(&world);
    let lines = |counts: &[i64]| -> String {
        let line =
            |n: &i64| json!({ "gate": gate, "decision": "block", "caller": "x", "count": n });
        counts.iter().map(line).collect::<Value>().to_string()
    };
    let stranger: GateId = world.db.new_id();
    let line = json!([{ "gate": stranger, "decision": "allow", "caller": "x", "count": 4 }]);
    for wrong in [
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        tally(gate, &mixed[1..]),
        tally(gate, &[&mixed[..], &mixed[..1]].concat()),
        lines(&[8, -4]),
        lines(&[4, 0]),
        // A gate is a UUID, as in the entries.
        line.to_string(),
    ] {
        world.decide_under(gate, &mixed, &wrong).await;
    }
    assert_eq!(counted(&world).await, times(&world, 8));
}

/// Lanes write nothing but decisions. Were one to write something else among them, its tally would
/// not account for the batch, and nothing of it would be passed over.
#[tokio::test]
async fn a_batch_that_holds_more_than_its_tally_counts_is_read() {
    let world = World::new().await;
    let gate = world.gate("gate_front").await;
    let mixed = mixed(&world);
    world.decide(gate, &mixed).await;
    world.key_created(None).await;
    join_newest(&world, &tally(gate, &mixed)).await;
    assert_eq!(counted(&world).await, times(&world, 1));
    let history = world.history("/v1/admin/history?type=api_key.created.v1").await;
    assert_eq!(history["items"].as_array().unwrap().len(), 1, "{history}");
}

/// Pages end in the middle of batches, and batches of both kinds lie across their ends.
#[tokio::test]
async fn more_than_is_digested_at_once_is_counted_exactly() {
    let world = World::new().await;
    let gate = world.gate("gate_front").await;
    let mixed = mixed(&world);
    let mut made = 0;
    for round in 1..40 {
        let batch = mixed.repeat(if round % 13 == 0 { 800 } else { round });
        if round % 3 == 0 {
            world.decide(gate, &batch).await;
        } else {
            world.decide_tallied(gate, &batch).await;
        }
        if round % 5 == 0 {
            world.key_created(None).await;
        }
        made += i64::try_from(batch.len() / mixed.len()).unwrap();
    }
    lose_bodies(&world).await;
    assert!(made * 4 > 10_000, "{made}");
    while usage(&world, "").await["counted_to"] != usage(&world, "").await["size"] {}
    assert_eq!(counted(&world).await, times(&world, made));
}

/// How many rows of the log have been found by index and by reading whole tables, and how often its
/// entries were looked for, as far as it has been noted.
async fn rows_touched(world: &World) -> (i64, i64) {
    let sql = "select sum(coalesce(idx_tup_fetch, 0) + seq_tup_read)::bigint,
            sum(idx_scan + seq_scan) filter (where relname like 'entries\\_%')::bigint
        from pg_stat_user_tables
        where schemaname = 'journal' and (relname = 'batches' or relname like 'entries\\_%')";
    sqlx::query_as(sql).fetch_one(&world.db.owner().await).await.unwrap()
}

/// A plan that gathers the tenant's log to find what follows the cursor is right, and ruinous.
#[tokio::test]
async fn what_follows_the_cursor_is_found_without_what_lies_before_it() {
    let world = World::new().await;
    let gate = world.gate("gate_front").await;
    let (mixed, owner) = (mixed(&world), world.db.owner().await);
    for fill in [
        "insert into journal.batches (tenant_id, prev, size, epoch, at, frontier)
         select $1, n, n + 1, 0, now(),
             decode(repeat('00', 32 * bit_count((n + 1)::bigint::bit(64))::int), 'hex')
         from generate_series(1, 20000) n",
        "insert into journal.entries
             (tenant_id, idx, day, id, kind, moves_epoch, hash, body)
         select $1, n, (now() at time zone 'UTC')::date, gen_random_uuid(), 'check.decided.v1',
             false, sha256('x'), repeat('x', 500)::bytea
         from generate_series(1, 20000) n",
        "insert into audit.cursors (tenant_id, next) values ($1, 20001)",
    ] {
        sqlx::query(fill).bind(world.tenant.id.uuid()).execute(&owner).await.unwrap();
    }
    run(&world, "analyze journal.batches, journal.entries").await;
    world.decide_tallied(gate, &mixed).await;
    world.decide(gate, &mixed).await;
    let before = rows_touched(&world).await;
    assert_eq!(counted(&world).await, times(&world, 2));
    // What a connection has read is noted a second later, with what it reads then.
    let touched = loop {
        usage(&world, "").await;
        let after = rows_touched(&world).await;
        if after.1 > before.1 {
            break after.0 - before.0;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert!(touched < 1_000, "{touched} rows");
}
