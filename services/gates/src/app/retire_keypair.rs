use chrono::{DateTime, Utc};
use gw_contracts::GateKeypairRetiredV1;
use gw_kernel::{Epoch, KeypairId, Overlap};
use gw_web::{Caller, permissions::WriteKeypairs};

use super::changeable::changeable;
use crate::{
    Context,
    domain::{GateRef, Keypair, KeypairState},
    error::GateError,
    store,
};

/// Ends the overlap of a key pair that was replaced. Again is fine, and changes nothing.
///
/// Answers the moment too, which the key pair's state is told for.
#[tracing::instrument(name = "gates.retire_keypair", skip_all, fields(keypair.id = %keypair))]
pub(crate) async fn retire_keypair(
    ctx: &Context,
    caller: &Caller<WriteKeypairs>,
    gate: &GateRef,
    keypair: KeypairId,
) -> Result<(Keypair, Epoch, DateTime<Utc>), GateError> {
    let mut tx = ctx.db.tenant(caller).await?;
    let now = tx.now();
    let gate = changeable(&mut tx, caller, gate).await?;
    let held = store::keypairs::lock(&mut tx, gate.id, keypair).await?;
    let mut keypair = held.ok_or(GateError::NoKeypair)?;
    let Some(until) = keypair.signs_until else {
        return Err(GateError::KeypairActive);
    };
    if keypair.state_at(now) == KeypairState::Retired {
        return Ok((keypair, tx.epoch().await?, now));
    }
    keypair.replace(until, Overlap::NONE, now);
    store::keypairs::update(&mut tx, &keypair).await?;
    tx.record(GateKeypairRetiredV1 { gate_id: gate.id, keypair: keypair.fact() })?;
    let epoch = tx.commit().await?;
    Ok((keypair, epoch, now))
}
