use chrono::{DateTime, Utc};
use gw_db::{DbError, TenantTx};
use gw_kernel::{Author, Count, GateId, KillSwitchId, PageRequest};
use uuid::Uuid;

use crate::{
    domain::{KillScope, KillState, KillSwitch, Release, Target},
    error::TenantsError,
};

/// The switch that is engaged for this, if one is. Ask it under the tenant's head.
pub(crate) async fn engaged(
    tx: &mut TenantTx,
    target: &Target,
) -> Result<Option<KillSwitch>, TenantsError> {
    let row = sqlx::query_as!(
        Row,
        "select switch_id, scope, value, reason, engaged_at, engaged_by_kind, engaged_by_id,
                released_at, released_by_kind, released_by_id, release_reason
         from tenants.kill_switches
         where scope = $1 and value = $2 and released_at is null",
        target.scope().as_str(),
        target.value(),
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Row::read).transpose()
}

pub(crate) async fn insert(tx: &mut TenantTx, switch: &KillSwitch) -> Result<(), DbError> {
    sqlx::query!(
        "insert into tenants.kill_switches
             (switch_id, scope, value, reason, engaged_at, engaged_by_kind, engaged_by_id)
         values ($1, $2, $3, $4, $5, $6, $7)",
        switch.id.uuid(),
        switch.target.scope().as_str(),
        switch.target.value(),
        switch.reason,
        switch.engaged_at,
        switch.engaged_by.kind,
        switch.engaged_by.id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) async fn release(
    tx: &mut TenantTx,
    switch: KillSwitchId,
    release: &Release,
) -> Result<(), DbError> {
    sqlx::query!(
        "update tenants.kill_switches
         set released_at = $2, released_by_kind = $3, released_by_id = $4, release_reason = $5
         where switch_id = $1",
        switch.uuid(),
        release.at,
        release.by.kind,
        release.by.id,
        release.reason,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Halts every tenant's checks, or lets them be decided again; only the platform's transaction may.
pub(crate) async fn set_halt(tx: &mut TenantTx, engaged: bool) -> Result<(), DbError> {
    sqlx::query!("select journal.set_halt($1)", engaged).execute(tx.conn()).await?;
    Ok(())
}

/// Which switches are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct KillSwitchFilter {
    pub(crate) state: Option<KillState>,
    pub(crate) scope: Option<KillScope>,
    pub(crate) value: Option<String>,
    /// Of gates, only these.
    pub(crate) gates: Option<Vec<GateId>>,
}

impl KillSwitchFilter {
    fn gates_as_text(&self) -> Option<Vec<String>> {
        self.gates.as_ref().map(|gates| gates.iter().map(ToString::to_string).collect())
    }
}

/// Switches, newest first; one more than the page holds where there are more.
pub(crate) async fn list(
    tx: &mut TenantTx,
    page: PageRequest,
    offset: i64,
    filter: &KillSwitchFilter,
) -> Result<Vec<KillSwitch>, TenantsError> {
    let gates = filter.gates_as_text();
    let rows = sqlx::query_as!(
        Row,
        "select switch_id, scope, value, reason, engaged_at, engaged_by_kind, engaged_by_id,
                released_at, released_by_kind, released_by_id, release_reason
         from tenants.kill_switches
         where ($1::uuid is null or switch_id < $1)
           and ($4::boolean is null or (released_at is null) = $4)
           and ($5::text is null or scope = $5)
           and ($6::text is null or value = $6)
           and ($7::text[] is null or scope <> 'gate' or value = any ($7))
         order by switch_id desc
         limit $2 offset $3",
        page.after.map(|cursor| cursor.0),
        page.fetch(),
        offset,
        filter.state.map(|state| state == KillState::Engaged),
        filter.scope.map(KillScope::as_str),
        filter.value,
        gates.as_deref(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// How many switches the filter lets through.
pub(crate) async fn count(tx: &mut TenantTx, filter: &KillSwitchFilter) -> Result<Count, DbError> {
    let gates = filter.gates_as_text();
    let found = sqlx::query_scalar!(
        r#"select count(*) as "found!" from (
               select from tenants.kill_switches
               where ($1::boolean is null or (released_at is null) = $1)
                 and ($2::text is null or scope = $2)
                 and ($3::text is null or value = $3)
                 and ($4::text[] is null or scope <> 'gate' or value = any ($4))
               limit $5
           ) counted"#,
        filter.state.map(|state| state == KillState::Engaged),
        filter.scope.map(KillScope::as_str),
        filter.value,
        gates.as_deref(),
        Count::LOOKED_AT,
    );
    Ok(Count::of(found.fetch_one(tx.conn()).await?))
}

struct Row {
    switch_id: Uuid,
    scope: String,
    value: String,
    reason: Option<String>,
    engaged_at: DateTime<Utc>,
    engaged_by_kind: String,
    engaged_by_id: String,
    released_at: Option<DateTime<Utc>>,
    released_by_kind: Option<String>,
    released_by_id: Option<String>,
    release_reason: Option<String>,
}

impl Row {
    fn read(self) -> Result<KillSwitch, TenantsError> {
        let unreadable = TenantsError::Unreadable("a kill switch");
        let target = Target::from_columns(&self.scope, self.value).ok_or(unreadable)?;
        let by = self.released_by_kind.zip(self.released_by_id);
        let released = self.released_at.zip(by).map(|(at, (kind, id))| Release {
            at,
            by: Author { kind, id },
            reason: self.release_reason,
        });
        Ok(KillSwitch {
            id: KillSwitchId::from_uuid(self.switch_id),
            target,
            reason: self.reason,
            engaged_at: self.engaged_at,
            engaged_by: Author { kind: self.engaged_by_kind, id: self.engaged_by_id },
            released,
        })
    }
}
