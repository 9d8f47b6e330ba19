use gw_contracts::GateKeypairRotatedV1;
use gw_kernel::{Epoch, KeypairId, Overlap};
use gw_web::{Caller, permissions::WriteKeypairs};

use super::changeable::changeable;
use crate::{
    Context,
    domain::{GateRef, Keypair, SigningSeed},
    error::GateError,
    store,
};

/// Gives a gate a new key pair. It signs every decision behind the rotation's own entry, and the
/// one before it none of them.
///
/// The boundary is exact because the head is held: no decision gets a position between this
/// reading it and the commit, and one that was made before is made again, and signed again.
#[tracing::instrument(name = "gates.rotate_keypair", skip_all)]
pub(crate) async fn rotate_keypair(
    ctx: &Context,
    caller: &Caller<WriteKeypairs>,
    gate: &GateRef,
    overlap: Overlap,
) -> Result<(Keypair, Epoch), GateError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let seen = store::gates::find(&mut tx, gate).await?.keypair.id;
    let gate = changeable(&mut tx, caller, gate).await?;
    let held = store::keypairs::lock_active(&mut tx, gate.id).await?;
    let mut previous = held.filter(|held| held.id == seen).ok_or(GateError::RotationRaced)?;
    let data_key = tx.data_key().await?;
    let (now, chance) = (tx.now(), SigningSeed::random());
    let ids = (tx.tenant(), gate.id, KeypairId::at(now, rand::random()));

    let boundary = tx.hold().await?.next_position + 1;
    let (active, sealed) = Keypair::generate(ids, &chance, &data_key, boundary, now);
    previous.replace(boundary, overlap, now);
    store::keypairs::update(&mut tx, &previous).await?;
    store::keypairs::insert(&mut tx, &active, &sealed).await?;
    tx.record(GateKeypairRotatedV1 {
        gate_id: gate.id,
        active: active.fact(),
        previous: previous.fact(),
    })?;
    let epoch = tx.commit().await?;
    Ok((active, epoch))
}
