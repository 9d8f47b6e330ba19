use gw_db::{DbError, TenantTx};
use gw_decision::{Counter, Counters, Ledger, Reservation, Use, Uses};

/// What has been taken of what these name, as it stands: nothing is locked, and a check that is
/// under way may take it in the next moment.
pub(crate) async fn taken(
    tx: &mut TenantTx,
    reservations: &[Reservation],
) -> Result<Ledger, DbError> {
    let spends = reservations.iter().filter_map(Reservation::spend);
    let limits: Vec<String> = spends.map(gw_decision::Spend::counter_key).collect();
    let burns = reservations.iter().filter_map(Reservation::burn);
    let keys: Vec<String> = burns.map(|burn| burn.use_key().to_owned()).collect();
    Ok(Ledger { counters: counters(tx, &limits).await?, uses: uses(tx, &keys).await? })
}

async fn counters(tx: &mut TenantTx, keys: &[String]) -> Result<Counters, DbError> {
    let rows = sqlx::query!(
        r#"select key as "key!", used as "used!", since
           from journal.published_counters where key = any($1)"#,
        keys
    );
    let mut counters = Counters::default();
    for row in rows.fetch_all(tx.conn()).await? {
        counters.set(row.key, Counter { used: row.used, since: row.since });
    }
    Ok(counters)
}

async fn uses(tx: &mut TenantTx, keys: &[String]) -> Result<Uses, DbError> {
    let rows = sqlx::query!(
        r#"select key as "key!", idx as "idx!", fingerprint as "fingerprint!",
                  expires_at as "expires_at!", told as "told!"
           from journal.published_uses where key = any($1)"#,
        keys
    );
    let mut uses = Uses::default();
    for row in rows.fetch_all(tx.conn()).await? {
        // The table holds a fingerprint to its length, and positions to what a log has.
        let taken = Use {
            index: u64::try_from(row.idx).unwrap_or_default(),
            fingerprint: row.fingerprint.try_into().unwrap_or_default(),
            expires_at: row.expires_at,
            told: row.told,
        };
        uses.set(row.key, taken);
    }
    Ok(uses)
}
