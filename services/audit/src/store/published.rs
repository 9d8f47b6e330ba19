//! What others publish.

use chrono::{DateTime, Utc};
use gw_db::{DbError, query::Bound};
use gw_kernel::{GateId, TenantId};

use crate::domain::{Resource, Used};

/// The gate with this id or name, archived or not.
pub(crate) async fn gate(tx: &mut impl Bound, named: &str) -> Result<Option<GateId>, DbError> {
    let id = named.parse::<GateId>().ok().map(GateId::uuid);
    let gate = sqlx::query_scalar!(
        r#"select gate_id as "gate_id!" from gates.published_gates where gate_id = $1 or slug = $2"#,
        id,
        named,
    )
    .fetch_optional(tx.bound_conn())
    .await?;
    Ok(gate.map(GateId::from_uuid))
}

/// Whether the tenant that is bound exists, and what it is called in place of its id.
pub(crate) async fn tenant(
    tx: &mut impl Bound,
    tenant: TenantId,
) -> Result<Option<Option<String>>, DbError> {
    let alias = sqlx::query_scalar!(
        "select alias from tenants.published_tenants where tenant_id = $1",
        tenant.uuid(),
    );
    Ok(alias.fetch_optional(tx.bound_conn()).await?)
}

/// What the tenant that is bound has at a moment, and may have.
pub(crate) async fn resources(
    tx: &mut impl Bound,
    now: DateTime<Utc>,
) -> Result<Vec<Used>, DbError> {
    let row = sqlx::query!(
        r#"select
               (select count(*) from gates.published_gates where state = 'active') as "gates!",
               (select count(*) from tenants.published_keys
                    where revoked_at is null and (expires_at is null or expires_at > $1))
                   as "api_keys!",
               (select count(*) from tenants.usage_operators) as "operators!",
               gates as "most_gates!", api_keys as "most_api_keys!", operators as "most_operators!"
           from tenants.published_limits"#,
        now,
    )
    .fetch_optional(tx.bound_conn())
    .await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let used = |resource, used, limit: i32| Used { resource, used, limit: limit.into() };
    Ok(vec![
        used(Resource::Gates, row.gates, row.most_gates),
        used(Resource::ApiKeys, row.api_keys, row.most_api_keys),
        used(Resource::Operators, row.operators, row.most_operators),
    ])
}
