use chrono::{DateTime, Utc};
use gw_contracts::CapabilityMintedV1;
use gw_credentials::capability::{self, Capability, Claims};
use gw_db::TenantTx;
use gw_kernel::{Epoch, RootKeyId};
use gw_web::{Caller, permissions::MintCapabilities};

use super::root_key::active_or_first;
use crate::{
    Context,
    domain::{MintOrder, TenantName},
    error::CapabilityError,
    store,
};

/// A token, shown to whoever ordered it and kept nowhere.
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

    let jti = capability::new_jti(now, rand::random());
    let claims = order.claims(&jti, tenant, now);
    let token = capability::mint(&secret, &claims, &order.caveats(now), root_key.id);
    // Read back as a gate will read it: what no gate would accept is not handed out.
    let read = Capability::decode(&token)?;

    let expires_at = order.expires_at(now);
    tx.record(minted(claims, root_key.id, expires_at, read))?;
    let epoch = tx.commit().await?;
    Ok((Minted { token, jti, subject: order.subject, expires_at }, epoch))
}

/// The fact, without the token.
fn minted(
    claims: Claims,
    kid: RootKeyId,
    expires_at: Option<DateTime<Utc>>,
    read: Capability,
) -> CapabilityMintedV1 {
    CapabilityMintedV1 {
        jti: claims.jti,
        subject: claims.sub,
        issuer: claims.iss,
        zone: claims.zone,
        kid,
        expires_at,
        caveats: read.caveats.into_iter().map(|caveat| caveat.raw).collect(),
    }
}

/// Nobody mints for another tenant, under whatever name.
async fn demand_own_tenant(tx: &mut TenantTx, name: &TenantName) -> Result<(), CapabilityError> {
    let TenantName::Named(name) = name else { return Ok(()) };
    if *name == tx.tenant().to_string() || store::tenants::is_called(tx, name).await? {
        return Ok(());
    }
    Err(CapabilityError::AnotherTenant)
}
