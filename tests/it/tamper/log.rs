use std::collections::BTreeMap;

use gw_audit::{Batch, Counter, Entry};
use gw_crypto::merkle::{Frontier, leaf_hash};
use gw_kernel::TenantId;
use serde_json::{Value, json};
use sqlx::{Pool, Postgres, Row};

use super::forger::Forger;

/// A tenant's log and counters, as they are stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Entry>,
    pub(crate) batches: Vec<Batch>,
    pub(crate) counters: Vec<Counter>,
}

/// Whoever writes what they like also drops what stands in their way.
pub(crate) async fn unguard(owner: &Pool<Postgres>) {
    let sql = "
        alter table journal.entries drop constraint entries_pkey;
        alter table journal.batches drop constraint batches_pkey;
        do $$ declare c record; begin
            for c in select conrelid::regclass as tbl, conname from pg_constraint
                where contype = 'c' and coninhcount = 0
                    and conrelid in ('journal.entries'::regclass, 'journal.batches'::regclass)
            loop execute format('alter table %s drop constraint %I', c.tbl, c.conname); end loop;
        end $$;
        create index on journal.entries (tenant_id, idx, day);
        create index on journal.batches (tenant_id, prev);";
    sqlx::raw_sql(sql).execute(owner).await.unwrap();
}

impl Log {
    pub(crate) async fn read(owner: &Pool<Postgres>, tenant: TenantId) -> Self {
        let entries =
            sqlx::query("select * from journal.entries where tenant_id = $1 order by idx");
        let entries = entries.bind(tenant.uuid()).fetch_all(owner).await.unwrap();
        let batches =
            sqlx::query("select * from journal.batches where tenant_id = $1 order by prev");
        let batches = batches.bind(tenant.uuid()).fetch_all(owner).await.unwrap();
        let counters =
            sqlx::query("select * from journal.counters where tenant_id = $1 order by key");
        let counters = counters.bind(tenant.uuid()).fetch_all(owner).await.unwrap();
        Self {
            entries: entries
                .iter()
                .map(|row| Entry {
                    idx: row.get("idx"),
                    day: row.get("day"),
                    id: row.get("id"),
                    kind: row.get("kind"),
                    gate_id: row.get("gate_id"),
                    moves_epoch: row.get("moves_epoch"),
                    hash: row.get("hash"),
                    body: row.get("body"),
                    signature: row.get("signature"),
                })
                .collect(),
            batches: batches
                .iter()
                .map(|row| Batch {
                    prev: row.get("prev"),
                    size: row.get("size"),
                    epoch: row.get("epoch"),
                    at: row.get("at"),
                    frontier: row.get("frontier"),
                    checkpoint: row.get("checkpoint"),
                    tally: row.get("tally"),
                })
                .collect(),
            counters: counters
                .iter()
                .map(|row| Counter { key: row.get("key"), used: row.get("used") })
                .collect(),
        }
    }

    /// Puts these rows where the tenant's were.
    pub(crate) async fn write(&self, owner: &Pool<Postgres>, tenant: TenantId) {
        let mut tx = owner.begin().await.unwrap();
        for table in ["entries", "batches", "counters"] {
            let sql = format!("delete from journal.{table} where tenant_id = $1");
            let sql = sqlx::query(sqlx::AssertSqlSafe(sql));
            sql.bind(tenant.uuid()).execute(&mut *tx).await.unwrap();
        }
        let e = &self.entries;
        sqlx::query(
            "insert into journal.entries
                 (tenant_id, idx, day, id, kind, gate_id, moves_epoch, hash, body, signature)
             select $1, * from unnest($2::bigint[], $3::date[], $4::uuid[], $5::text[], $6::uuid[],
                 $7::boolean[], $8::bytea[], $9::bytea[], $10::bytea[])",
        )
        .bind(tenant.uuid())
        .bind(e.iter().map(|e| e.idx).collect::<Vec<_>>())
        .bind(e.iter().map(|e| e.day).collect::<Vec<_>>())
        .bind(e.iter().map(|e| e.id).collect::<Vec<_>>())
        .bind(e.iter().map(|e| e.kind.clone()).collect::<Vec<_>>())
        .bind(e.iter().map(|e| e.gate_id).collect::<Vec<_>>())
        .bind(e.iter().map(|e| e.moves_epoch).collect::<Vec<_>>())
        .bind(e.iter().map(|e| e.hash.clone()).collect::<Vec<_>>())
        .bind(e.iter().map(|e| e.body.clone()).collect::<Vec<_>>())
        .bind(e.iter().map(|e| e.signature.clone()).collect::<Vec<_>>())
        .execute(&mut *tx)
        .await
        .unwrap();
        let b = &self.batches;
        sqlx::query(
            "insert into journal.batches
                 (tenant_id, prev, size, epoch, at, frontier, checkpoint, tally)
             select $1, * from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[],
                 $6::bytea[], $7::text[], $8::jsonb[])",
        )
        .bind(tenant.uuid())
        .bind(b.iter().map(|b| b.prev).collect::<Vec<_>>())
        .bind(b.iter().map(|b| b.size).collect::<Vec<_>>())
        .bind(b.iter().map(|b| b.epoch).collect::<Vec<_>>())
        .bind(b.iter().map(|b| b.at).collect::<Vec<_>>())
        .bind(b.iter().map(|b| b.frontier.clone()).collect::<Vec<_>>())
        .bind(b.iter().map(|b| b.checkpoint.clone()).collect::<Vec<_>>())
        .bind(b.iter().map(|b| b.tally.clone()).collect::<Vec<_>>())
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "insert into journal.counters (tenant_id, key, used)
             select $1, * from unnest($2::text[], $3::bigint[])",
        )
        .bind(tenant.uuid())
        .bind(self.counters.iter().map(|c| c.key.clone()).collect::<Vec<_>>())
        .bind(self.counters.iter().map(|c| c.used).collect::<Vec<_>>())
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// The entries of each batch.
    pub(crate) fn grouped(&self) -> Vec<(Batch, Vec<Entry>)> {
        let entries = |batch: &Batch| {
            let inside = |entry: &&Entry| (batch.prev..batch.size).contains(&entry.idx);
            self.entries.iter().filter(inside).cloned().collect()
        };
        self.batches.iter().map(|batch| (batch.clone(), entries(batch))).collect()
    }

    /// Takes batches with their entries for the whole log, and computes everything anew. Without
    /// keys the checkpoints stay what they are; an empty batch falls away.
    pub(crate) fn regroup(&mut self, groups: Vec<(Batch, Vec<Entry>)>, forger: Option<&Forger>) {
        (self.entries, self.batches) = (Vec::new(), Vec::new());
        let (mut frontier, mut position, mut epoch) = (Frontier::empty(), 0, 0);
        for (mut batch, entries) in groups {
            if entries.is_empty() {
                continue;
            }
            batch.prev = position;
            for mut entry in entries {
                let leaf = leaf_hash(entry.body.as_deref().unwrap());
                (entry.idx, entry.hash) = (position, leaf.to_vec());
                entry.day = batch.at.date_naive();
                frontier.push(leaf);
                position += 1;
                if entry.moves_epoch {
                    epoch = position;
                }
                self.entries.push(entry);
            }
            (batch.size, batch.epoch, batch.frontier) = (position, epoch, frontier.to_bytes());
            let inside = &self.entries[usize::try_from(batch.prev).unwrap()..];
            batch.tally = tally(inside);
            if let Some(forger) = forger {
                batch.checkpoint = forger.checkpoint(&frontier, inside);
            }
            self.batches.push(batch);
        }
    }

    pub(crate) fn rebuild(&mut self, forger: Option<&Forger>) {
        let groups = self.grouped();
        self.regroup(groups, forger);
    }
}

/// What a lane would write beside a batch with these entries. Where one of them is no decision, or
/// cannot be read, that is nothing.
fn tally(entries: &[Entry]) -> Option<Value> {
    let mut counts = BTreeMap::new();
    for entry in entries {
        let event: Value = serde_json::from_slice(entry.body.as_deref()?).ok()?;
        let caller = &event["data"]["caller"];
        let caller = caller["key_id"].as_str().or(caller["kind"].as_str())?.to_owned();
        let decision = event["data"]["decision"].as_str()?.to_owned();
        *counts.entry((entry.gate_id?, decision, caller)).or_insert(0) += 1;
    }
    let line = |((gate, decision, caller), count)| json!({ "gate": gate, "decision": decision, "caller": caller, "count": count });
    Some(counts.into_iter().map(line).collect())
}
