//! Every statement that the journal's connections run, as role `gw_journal`.
//!
//! All of them see only the tenants in `gw.tenants`, which is set for each transaction; what is
//! halted belongs to none.

use tokio_postgres::{Client, Error, Statement};

/// What every connection sets. A commit is durable before it is answered; a host that vanishes
/// lets go of its heads within seconds; and a plan that was made on an empty table still goes by
/// the index when the table has filled. On an empty table a bitmap of all a tenant's batches and a
/// sort seem cheap as well, to find the newest: that costs every commit all those before it.
pub const SESSION: &str = "set synchronous_commit = on; \
    set lock_timeout = '250ms'; \
    set statement_timeout = 0; \
    set idle_in_transaction_session_timeout = '1s'; \
    set tcp_user_timeout = '1500ms'; \
    set tcp_keepalives_idle = 1; \
    set tcp_keepalives_interval = 1; \
    set tcp_keepalives_count = 2; \
    set plan_cache_mode = force_generic_plan; \
    set enable_seqscan = off; \
    set enable_bitmapscan = off; \
    set enable_sort = off; \
    set enable_hashjoin = off; \
    set enable_mergejoin = off; \
    set jit = off";

/// Locks the heads that nobody holds, in id order, and waits for none.
const LOCK_FREE: &str = "select tenant_id from journal.heads \
    where tenant_id = any($1::uuid[]) order by tenant_id for update skip locked";

/// Makes a log's head, where its first entry is a check's.
const MAKE_HEAD: &str = "insert into journal.heads (tenant_id) values ($1) on conflict do nothing";

/// Waits for one head, as long as `lock_timeout` allows.
const LOCK_ONE: &str = "select tenant_id from journal.heads where tenant_id = $1 for update";

/// The newest batch of each tenant, the batch that callers were told about last (by its key), the
/// moment, when a loss of entries was last acknowledged, and whether everything is halted. A
/// statement after the lock: a statement's snapshot is older than what it waits for, and what was
/// engaged before it began is seen. It is answered as text: moments in microseconds, bytes in hex.
const NEWEST: &str = "select t.tenant_id, newest.size, newest.epoch, \
        encode(newest.frontier, 'hex') as frontier, \
        (extract(epoch from greatest(clock_timestamp(), newest.at)) * 1000000)::bigint as now, \
        anchor.size, encode(anchor.frontier, 'hex') as anchor, \
        (select (extract(epoch from a.at) * 1000000)::bigint from journal.acknowledgements a \
            where a.tenant_id = t.tenant_id order by a.at desc limit 1) as acknowledged, \
        (select h.engaged from journal.halt h where h.only_row) as halted \
    from unnest($1::uuid[], $2::bigint[]) as t (tenant_id, anchor) \
    left join lateral ( \
        select b.size, b.epoch, b.frontier, b.at from journal.batches b \
        where b.tenant_id = t.tenant_id order by b.prev desc limit 1 \
    ) newest on true \
    left join journal.batches anchor \
        on anchor.tenant_id = t.tenant_id and anchor.prev = t.anchor";

/// What has been used of the limits that a batch's checks name.
const COUNTERS: &str = "select c.tenant_id, c.key, c.used, c.since \
    from unnest($1::uuid[], $2::text[]) as t (tenant_id, key) \
    join journal.counters c on c.tenant_id = t.tenant_id and c.key = t.key";

/// What took the keys that a batch's checks name.
const USES: &str = "select u.tenant_id, u.key, u.idx, u.fingerprint, u.expires_at, u.told \
    from unnest($1::uuid[], $2::text[]) as t (tenant_id, key) \
    join journal.uses u on u.tenant_id = t.tenant_id and u.key = t.key";

/// Forgets keys that are free again, the oldest first, and no more of a tenant than it may.
const FORGET: &str = "delete from journal.uses u using ( \
        select t.tenant_id, free.key \
        from unnest($1::uuid[], $2::timestamptz[], $3::bigint[]) as t (tenant_id, now, most) \
        cross join lateral ( \
            select e.key from journal.uses e \
            where e.tenant_id = t.tenant_id and e.expires_at <= t.now \
            order by e.expires_at limit t.most \
        ) free \
    ) gone \
    where u.tenant_id = gone.tenant_id and u.key = gone.key";

/// A batch's leaves and its tenants, and how many rows were written of each. In the select list,
/// `unnest` hands over a row at a time; in the `from` list each array is first copied into a store
/// of its own, which costs more than the insert.
const WRITE: &str = "with entries as ( \
        insert into journal.entries \
            (tenant_id, idx, day, id, kind, gate_id, moves_epoch, hash, body, signature) \
        select unnest($1::uuid[]), unnest($2::bigint[]), unnest($3::date[]), unnest($4::uuid[]), \
            unnest($5::text[]), unnest($6::uuid[]), unnest($7::boolean[]), unnest($8::bytea[]), \
            unnest($9::bytea[]), unnest($10::bytea[]) \
        returning 1 \
    ), batches as ( \
        insert into journal.batches \
            (tenant_id, prev, size, epoch, at, frontier, checkpoint, tally) \
        select unnest($11::uuid[]), unnest($12::bigint[]), unnest($13::bigint[]), \
            unnest($14::bigint[]), unnest($15::timestamptz[]), unnest($16::bytea[]), \
            unnest($17::text[]), unnest($18::text[])::jsonb \
        returning 1 \
    ) \
    select (select count(*) from entries) as entries, (select count(*) from batches) as batches";

/// What a batch spent.
const SPEND: &str = "insert into journal.counters (tenant_id, key, used, since) \
    select unnest($1::uuid[]), unnest($2::text[]), unnest($3::bigint[]), unnest($4::timestamptz[]) \
    on conflict (tenant_id, key) do update set used = excluded.used, since = excluded.since";

/// What a batch burnt.
const BURN: &str = "insert into journal.uses \
        (tenant_id, key, idx, fingerprint, expires_at, told) \
    select unnest($1::uuid[]), unnest($2::text[]), unnest($3::bigint[]), unnest($4::bytea[]), \
        unnest($5::timestamptz[]), unnest($6::bytea[]) \
    on conflict (tenant_id, key) do update set idx = excluded.idx, \
        fingerprint = excluded.fingerprint, expires_at = excluded.expires_at, \
        told = excluded.told";

/// The leaf at a position, whatever its day: whether a batch whose commit was not seen is there.
const LEAF: &str = "select hash from journal.entries where tenant_id = $1 and idx = $2";

/// A batch that goes on where the log was left: all of it in one message, which is its own
/// transaction.
const RESUME: &str = "select entries, batches, found_epoch from journal.resume( \
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17::text::jsonb)";

/// Makes the partitions of the days to come.
const ENSURE_DAYS: &str = "select journal.ensure_days(7)";

/// Each statement, for a test that prepares it as the role that runs it.
pub const EACH: [&str; 13] = [
    LOCK_FREE,
    MAKE_HEAD,
    LOCK_ONE,
    NEWEST,
    COUNTERS,
    WRITE,
    SPEND,
    BURN,
    LEAF,
    ENSURE_DAYS,
    USES,
    FORGET,
    RESUME,
];

/// Those that a batch begins with, by the names under which one message runs them all
/// ([`crate::script`]).
const NAMED: [(&str, &str); 4] = [
    ("lock_free", LOCK_FREE),
    ("make_head", MAKE_HEAD),
    ("lock_one", LOCK_ONE),
    ("newest", NEWEST),
];

/// The others, prepared on one connection.
pub(crate) struct Statements {
    pub(crate) counters: Statement,
    pub(crate) uses: Statement,
    pub(crate) forget: Statement,
    pub(crate) write: Statement,
    pub(crate) resume: Statement,
    pub(crate) spend: Statement,
    pub(crate) burn: Statement,
    pub(crate) leaf: Statement,
    pub(crate) ensure_days: Statement,
}

impl Statements {
    /// Prepares them all, also those with names.
    pub(crate) async fn prepare(client: &Client) -> Result<Self, Error> {
        let named = NAMED.map(|(name, text)| format!("prepare {name} as {text}"));
        client.batch_execute(&named.join(";")).await?;
        Ok(Self {
            counters: client.prepare(COUNTERS).await?,
            uses: client.prepare(USES).await?,
            forget: client.prepare(FORGET).await?,
            write: client.prepare(WRITE).await?,
            resume: client.prepare(RESUME).await?,
            spend: client.prepare(SPEND).await?,
            burn: client.prepare(BURN).await?,
            leaf: client.prepare(LEAF).await?,
            ensure_days: client.prepare(ENSURE_DAYS).await?,
        })
    }
}
