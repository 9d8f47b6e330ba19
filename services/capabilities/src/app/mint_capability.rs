use chrono::{DateTime, Utc};
use gw_contracts::CapabilityMintedV1;
use gw_credentials::capability::{self, Capability, Claimed, Issuer};
use gw_db::TenantTx;
use gw_kernel::Epoch;
use gw_web::{Caller, permissions::MintCapabilities};

use super::root_key::active_or_first;
use crate::{
    Context,
    domain::{MintOrder, TenantName, forgotten_before},
    error::CapabilityError,
    store,
};

/// A token, shown to whoever ordered it.
pub(crate) struct Minted {
    pub(crate) token: String,
    pub(crate) jti: String,
    pub(crate) subject: String,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// Mints a capability of the caller's tenant, under that tenant's root key.
#[tracing::instrument(name = "capabilities.mint", skip_all)]
pub(crate) async fn mint_capability(
    ctx: &Context,
    caller: &Caller<MintCapabilities>,
    order: MintOrder,
) -> Result<(Minted, Epoch), CapabilityError> {
    let mut tx = ctx.db.tenant(caller).await?;
    demand_own_tenant(&mut tx, &order.tenant).await?;
    let (tenant, now) = (tx.tenant(), tx.now());
    let data_key = tx.data_key().await?;
    let root_key = active_or_first(&mut tx, &data_key).await?;
    let secret = root_key.open(tenant, &data_key)?;
    let statement_key = root_key.open_statement_key(tenant, &data_key)?;
    let minted_at = tx.epoch().await?;

    let jti = capability::new_jti(now, rand::random());
    let claims = order.claims(&jti, tenant, now);
    let issuer = Issuer { kid: root_key.id, root_key: &secret, statement_key: &statement_key };
    let claimed = Claimed { minted_at: Some(minted_at), step_up_at: order.step_up_at(now) };
    let token = capability::mint_with_statement(&issuer, &claims, &order.caveats(now), claimed);
    // Read back as a gate will read it: what no gate would accept is not handed out.
    let read = Capability::decode(&token)?;

    let expires_at = order.expires_at(now);
    if let Some(ends) = expires_at {
        store::endings::insert(&mut tx, &jti, ends).await?;
        store::endings::prune(&mut tx, forgotten_before(now)).await?;
    }
    tx.record(CapabilityMintedV1 {
        jti: claims.jti,
        subject: claims.sub,
        issuer: claims.iss,
        zone: claims.zone,
        kid: root_key.id,
        expires_at,
        minted_at,
        step_up_at: claimed.step_up_at,
        caveats: read.caveats.into_iter().map(|caveat| caveat.raw).collect(),
    })?;
    let epoch = tx.commit().await?;
    Ok((Minted { token, jti, subject: order.subject, expires_at }, epoch))
}

/// Nobody mints for another tenant, under whatever name.
async fn demand_own_tenant(tx: &mut TenantTx, name: &TenantName) -> Result<(), CapabilityError> {
    let TenantName::Named(name) = name else { return Ok(()) };
    if *name == tx.tenant().to_string() || store::tenants::is_called(tx, name).await? {
        return Ok(());
    }
    Err(CapabilityError::AnotherTenant)
}
