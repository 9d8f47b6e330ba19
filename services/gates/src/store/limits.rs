use gw_db::TenantTx;

use crate::error::GateError;

/// How many gates the tenant may have that are not archived, and how many it has. Ask it with the
/// tenant's head held, and both stay so until the transaction ends.
pub(crate) async fn of_gates(tx: &mut TenantTx) -> Result<(i32, i64), GateError> {
    let row = sqlx::query!(
        r#"select (select gates from tenants.published_limits) as "limit!",
                  (select count(*) from gates.gates where state = 'active') as "taken!""#
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.limit, row.taken))
}
