use std::collections::{BTreeSet, HashMap};

use gw_decision::Use;
use gw_journal::read;
use gw_kernel::{Actor, ActorKind, Identity, TenantId};

use super::{Answer, Attested, ReadError, attested::attested};
use crate::Context;

/// Puts the answer together again that took a caller's key: its record, its signature, and the
/// receipt at its own batch's checkpoint.
pub(super) async fn earlier(
    ctx: &Context,
    tenant: TenantId,
    taken: &Use,
) -> Result<Answer, ReadError> {
    let found = all_earlier(ctx, tenant, std::slice::from_ref(taken)).await?.pop();
    found.ok_or(ReadError::Unreadable(taken.index))
}

/// The same for several keys, in one transaction: an answer for each, in their order.
pub(super) async fn all_earlier(
    ctx: &Context,
    tenant: TenantId,
    taken: &[Use],
) -> Result<Vec<Answer>, ReadError> {
    let indices: BTreeSet<u64> = taken.iter().map(|taken| taken.index).collect();
    if indices.is_empty() {
        return Ok(Vec::new());
    }
    let actor = Actor { kind: ActorKind::Machine, id: "check".to_owned(), key_id: None };
    let mut tx = ctx.db.tenant(&Identity { tenant, actor }).await?;
    let mut entries = Vec::with_capacity(indices.len());
    for index in indices {
        let entry = read::entry_at(&mut tx, index).await?;
        entries.push(entry.ok_or(ReadError::Unreadable(index))?);
    }
    let found = attested(&mut tx, entries, |_| true).await?;
    tx.end_reading().await?;
    let found: HashMap<u64, Attested> = found.into_iter().map(|it| (it.index, it)).collect();
    let again = |taken: &Use| {
        let attested = found.get(&taken.index).cloned();
        let answer = attested.and_then(|attested| Answer::again(attested, &taken.told));
        answer.ok_or(ReadError::Unreadable(taken.index))
    };
    taken.iter().map(again).collect()
}
