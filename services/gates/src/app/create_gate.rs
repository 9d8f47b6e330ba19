use gw_kernel::{Epoch, GateId, KeypairId};
use gw_web::{Caller, permissions::CreateGates};

use super::room::demand_room;
use crate::{
    Context,
    domain::{Gate, Keypair, NewGate, SigningSeed},
    error::GateError,
    store,
};

/// Makes a gate, with a key pair of its own.
#[tracing::instrument(name = "gates.create_gate", skip_all, fields(gate.name = %new.name))]
pub(crate) async fn create_gate(
    ctx: &Context,
    caller: &Caller<CreateGates>,
    new: NewGate,
) -> Result<(Gate, Epoch), GateError> {
    if caller.gates().is_some() {
        return Err(GateError::KeyLimited);
    }
    let mut tx = ctx.db.tenant(caller).await?;
    let now = tx.now();
    let data_key = tx.data_key().await?;

    let gate_id = GateId::at(now, rand::random());
    let key_id = KeypairId::at(now, rand::random());
    let ids = (tx.tenant(), gate_id, key_id);
    let (keypair, sealed) = Keypair::generate(ids, &SigningSeed::random(), &data_key, 0, now);
    let gate = Gate::create(gate_id, new, keypair, tx.actor(), now);

    demand_room(&mut tx).await?;
    store::gates::insert(&mut tx, &gate).await?;
    store::keypairs::insert(&mut tx, &gate.keypair, &sealed).await?;
    store::directory::insert(&mut tx, gate.id).await?;
    tx.record(gate.created_event())?;
    let epoch = tx.commit().await?;
    Ok((gate, epoch))
}
