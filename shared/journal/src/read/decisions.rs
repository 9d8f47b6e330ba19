use chrono::{DateTime, Utc};
use gw_contracts::{CheckDecidedV1, Event};
use gw_db::{DbError, TenantTx};
use gw_kernel::{GateId, Page, PageRequest, rfc3339};

use super::entries::{Row, StoredEntry};

/// Which of a gate's decisions are wanted; an empty filter wants all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionFilter {
    /// Made for this agent.
    pub agent_id: Option<String>,
    /// `allow`, `block` or `request_hold`.
    pub decision: Option<String>,
    /// About this action, exactly.
    pub action: Option<String>,
    /// Made for this credential: a capability's `jti`.
    pub credential_id: Option<String>,
    /// Decided at this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// Decided before this moment.
    pub until: Option<DateTime<Utc>>,
}

/// A gate's decisions, newest first. A page's cursor is a decision's id.
///
/// # Errors
/// When the database fails.
pub async fn decisions_of_gate(
    tx: &mut TenantTx,
    gate: GateId,
    filter: &DecisionFilter,
    page: PageRequest,
) -> Result<Page<StoredEntry>, DbError> {
    // RFC 3339 in UTC with a fixed number of digits sorts as the moments do.
    let rows = sqlx::query_as!(
        Row,
        r#"select e.idx as "idx!", e.id as "id!", e.kind as "kind!", e.gate_id,
               e.moves_epoch as "moves_epoch!", e.hash as "hash!", e.body, e.signature
           from journal.published_entries e
           cross join lateral (select convert_from(e.body, 'UTF8')::jsonb as event) r
           where e.gate_id = $1
               and e.kind = $2
               and ($3::uuid is null or e.idx <
                   (select c.idx from journal.published_entries c where c.id = $3))
               and ($4::text is null or r.event #>> '{data,agent_id}' = $4)
               and ($5::text is null or r.event #>> '{data,decision}' = $5)
               and ($6::text is null or r.event #>> '{data,action}' = $6)
               and ($7::text is null or r.event #>> '{data,principal,credential_id}' = $7)
               and ($8::text is null or r.event ->> 'time' >= $8 collate "C")
               and ($9::text is null or r.event ->> 'time' < $9 collate "C")
           order by e.idx desc
           limit $10"#,
        gate.uuid(),
        CheckDecidedV1::TYPE,
        page.after.map(|cursor| cursor.0),
        filter.agent_id.as_deref(),
        filter.decision.as_deref(),
        filter.action.as_deref(),
        filter.credential_id.as_deref(),
        filter.since.map(rfc3339),
        filter.until.map(rfc3339),
        page.fetch(),
    )
    .fetch_all(tx.conn())
    .await?;
    let entries = rows.into_iter().map(StoredEntry::from).collect();
    Ok(Page::from_fetched(entries, page, |entry| entry.id))
}
