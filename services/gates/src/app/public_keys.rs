use gw_kernel::{Actor, ActorKind, GateId, Identity};

use crate::{Context, domain::Keypair, error::GateError, store};

/// Finds every public key that a gate ever had, newest first, for anybody.
///
/// Takes an id and never a name: the directory says whose gate it is, and no caller does.
#[tracing::instrument(name = "gates.public_keys", skip_all, fields(gate.id = %gate))]
pub(crate) async fn public_keys(ctx: &Context, gate: GateId) -> Result<Vec<Keypair>, GateError> {
    let tenant = ctx.db.directory(store::directory::KIND, gate.uuid()).await?;
    let tenant = tenant.ok_or(GateError::NotFound)?;
    let mut tx = ctx.db.tenant(&Identity { tenant, actor: anybody() }).await?;
    store::keypairs::all_of_gate(&mut tx, gate).await
}

/// Whoever reads what is public. Nothing is ever recorded in this name.
fn anybody() -> Actor {
    Actor { kind: ActorKind::Machine, id: "anybody".to_owned(), key_id: None }
}
