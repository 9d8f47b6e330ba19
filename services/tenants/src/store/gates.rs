use std::collections::HashMap;

use gw_db::{DbError, query::Bound};
use gw_kernel::GateId;

/// The bound tenant's gates with these ids or names, archived ones too: by what they were asked for.
pub(crate) async fn resolve(
    tx: &mut impl Bound,
    wanted: &[String],
) -> Result<HashMap<String, GateId>, DbError> {
    let by_id: HashMap<_, _> = wanted
        .iter()
        .filter_map(|text| text.parse::<GateId>().ok().map(|id| (id.uuid(), text)))
        .collect();
    let ids: Vec<_> = by_id.keys().copied().collect();
    let rows = sqlx::query!(
        r#"select gate_id as "gate_id!", slug from gates.published_gates
           where gate_id = any ($1) or slug = any ($2)"#,
        &ids,
        wanted,
    )
    .fetch_all(tx.bound_conn())
    .await?;

    let mut found = HashMap::new();
    for row in rows {
        let gate = GateId::from_uuid(row.gate_id);
        if let Some(text) = by_id.get(&row.gate_id) {
            found.insert((*text).clone(), gate);
        }
        if let Some(slug) = row.slug {
            found.insert(slug, gate);
        }
    }
    Ok(found)
}

/// Whether a gate is archived. With the tenant's head held, it stays so until the transaction ends.
pub(crate) async fn is_archived(tx: &mut impl Bound, gate: GateId) -> Result<bool, DbError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from gates.published_gates
                          where gate_id = $1 and state = 'archived') as "found!""#,
        gate.uuid(),
    );
    Ok(found.fetch_one(tx.bound_conn()).await?)
}
