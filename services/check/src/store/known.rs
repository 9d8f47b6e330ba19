//! What the log knows of agents and their capabilities, read within the caller's own transaction.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gw_contracts::{CapabilityMintedV1, CheckDecidedV1, Event as _};
use gw_crypto::canonical;
use gw_db::{DbError, TenantTx};
use uuid::Uuid;

/// So many of a log's newest entries are looked through.
const LOOKED_THROUGH: i64 = 100_000;
/// A context may hold a member of the same name and value: so many records are looked at.
const CANDIDATES: i64 = 16;

/// The newest decisions whose record has a member with this value, wherever that stands in it.
pub(crate) async fn newest_with(
    tx: &mut TenantTx,
    member: &str,
    value: &str,
) -> Result<Vec<Vec<u8>>, DbError> {
    // Records are canonical: a value is written in one way.
    let value = canonical::to_vec(value).unwrap_or_default();
    let written = [format!("\"{member}\":").as_bytes(), &value].concat();
    let bodies = sqlx::query_scalar!(
        r#"select newest.body as "body!"
           from (select idx, kind, body from journal.published_entries
                 order by idx desc limit $3) newest
           where newest.kind = $1 and position($2 in newest.body) > 0
           order by newest.idx desc limit $4"#,
        CheckDecidedV1::TYPE,
        written,
        LOOKED_THROUGH,
        CANDIDATES,
    );
    Ok(bodies.fetch_all(tx.conn()).await?)
}

/// The entries of mints in the second that a capability's id names, which is that of its own mint.
pub(crate) async fn minted_with(tx: &mut TenantTx, jti: &str) -> Result<Vec<Vec<u8>>, DbError> {
    let Some(second) = second_of(jti) else { return Ok(Vec::new()) };
    // An event's id begins with its time in milliseconds.
    let first = |second: u32| Uuid::from_u128((u128::from(second) * 1_000) << 80);
    let bodies = sqlx::query_scalar!(
        r#"select body as "body!" from journal.published_entries
           where id >= $1 and id < $2 and kind = $3 and body is not null"#,
        first(second),
        first(second.saturating_add(1)),
        CapabilityMintedV1::TYPE,
    );
    Ok(bodies.fetch_all(tx.conn()).await?)
}

fn second_of(jti: &str) -> Option<u32> {
    let bytes = URL_SAFE_NO_PAD.decode(jti).ok()?;
    Some(u32::from_be_bytes(bytes.first_chunk().copied()?))
}
