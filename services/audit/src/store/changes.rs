//! Administrative entries, by position and by what they have to do with.

use std::collections::{BTreeMap, BTreeSet};

use gw_db::{DbError, PlatformTx};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::{Change, State};

/// Keeps them. A position is digested once.
pub(crate) async fn insert(tx: &mut PlatformTx, changes: &[Change]) -> Result<(), DbError> {
    let each = changes.iter();
    let idx: Vec<i64> = each.clone().map(|change| change.idx).collect();
    let id: Vec<Uuid> = each.clone().map(|change| change.id).collect();
    let kind: Vec<&str> = each.clone().map(|change| &*change.kind).collect();
    let object: Vec<&str> = each.clone().map(|change| &*change.object).collect();
    let gate: Vec<Option<Uuid>> = each.clone().map(|change| change.gate_id).collect();
    let at: Vec<_> = each.clone().map(|change| change.at).collect();
    let epoch: Vec<i64> = each.clone().map(|change| change.epoch.0).collect();
    let actors = each.clone().map(|change| change.actor.as_ref());
    let actor_kind: Vec<_> = actors.clone().map(|actor| Some(&*actor?.kind)).collect();
    let actor_id: Vec<_> = actors.clone().map(|actor| Some(&*actor?.id)).collect();
    let actor_key: Vec<_> = actors.map(|actor| actor?.key_id.as_deref()).collect();
    let diff: Vec<Value> =
        each.map(|change| serde_json::to_value(&change.diff).unwrap_or_default()).collect();
    sqlx::query!(
        "insert into audit.changes (idx, id, kind, object, gate_id, at, epoch, actor_kind, actor_id,
             actor_key, diff)
         select * from unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::uuid[],
             $6::timestamptz[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::jsonb[])",
        &idx,
        &id,
        &kind as &[&str],
        &object as &[&str],
        &gate as &[Option<Uuid>],
        &at,
        &epoch,
        &actor_kind as &[Option<&str>],
        &actor_id as &[Option<&str>],
        &actor_key as &[Option<&str>],
        &diff,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps what each has to do with.
pub(crate) async fn mention(
    tx: &mut PlatformTx,
    mentions: &BTreeSet<(String, i64)>,
) -> Result<(), DbError> {
    let (object, idx): (Vec<&str>, Vec<i64>) =
        mentions.iter().map(|(object, idx)| (&**object, *idx)).unzip();
    sqlx::query!(
        "insert into audit.mentions (object, idx) select * from unnest($1::text[], $2::bigint[])",
        &object as &[&str],
        &idx,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What is known of these objects.
pub(crate) async fn states(
    tx: &mut PlatformTx,
    objects: &[String],
) -> Result<BTreeMap<String, State>, DbError> {
    let rows = sqlx::query!(
        "select object, state from audit.objects where object = any ($1::text[])",
        objects,
    )
    .fetch_all(tx.conn())
    .await?;
    let state = |value| match value {
        Value::Object(state) => state,
        _ => State::new(),
    };
    Ok(rows.into_iter().map(|row| (row.object, state(row.state))).collect())
}

/// Keeps what is known of them now.
pub(crate) async fn keep(
    tx: &mut PlatformTx,
    objects: BTreeMap<String, State>,
) -> Result<(), DbError> {
    let (object, state): (Vec<String>, Vec<Value>) =
        objects.into_iter().map(|(object, state)| (object, Value::Object(state))).unzip();
    sqlx::query!(
        "insert into audit.objects (object, state)
             select * from unnest($1::text[], $2::jsonb[])
         on conflict (tenant_id, object) do update set state = excluded.state",
        &object,
        &state,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
