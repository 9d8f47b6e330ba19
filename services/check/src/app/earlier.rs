use gw_decision::Use;
use gw_journal::read;
use gw_kernel::{Actor, ActorKind, Identity, TenantId};

use super::{Answer, ReadError, attested::attested};
use crate::Context;

/// Puts the answer together again that took a caller's key: its record, its signature, and the
/// receipt at its own batch's checkpoint.
pub(super) async fn earlier(
    ctx: &Context,
    tenant: TenantId,
    taken: &Use,
) -> Result<Answer, ReadError> {
    let unreadable = || ReadError::Unreadable(taken.index);
    let actor = Actor { kind: ActorKind::Machine, id: "check".to_owned(), key_id: None };
    let mut tx = ctx.db.tenant(&Identity { tenant, actor }).await?;
    let entry = read::entry_at(&mut tx, taken.index).await?.ok_or_else(unreadable)?;
    let found = attested(&mut tx, vec![entry], |_| true).await?.pop();
    tx.end_reading().await?;
    Answer::again(found.ok_or_else(unreadable)?, &taken.told).ok_or_else(unreadable)
}
