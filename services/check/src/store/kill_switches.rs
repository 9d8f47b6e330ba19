use gw_db::{Db, DbError, Reason, SnapshotTx};
use uuid::Uuid;

/// What a kill switch is about, and whether one that is engaged is about it.
pub(crate) struct KillSwitchRow {
    pub(crate) scope: String,
    pub(crate) value: String,
    pub(crate) engaged: bool,
}

/// Everything that is halted.
pub(crate) async fn kill_switches(tx: &mut SnapshotTx<'_>) -> Result<Vec<KillSwitchRow>, DbError> {
    let rows = sqlx::query_as!(
        KillSwitchRow,
        r#"select scope as "scope!", value as "value!", true as "engaged!"
           from tenants.snapshot_kill_switches where released_at is null"#
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// What this switch is about. It may be released and another engaged for the same, so that is
/// what is asked, and not how this one stands.
pub(crate) async fn one_kill_switch(
    tx: &mut SnapshotTx<'_>,
    switch: Uuid,
) -> Result<Option<KillSwitchRow>, DbError> {
    let row = sqlx::query_as!(
        KillSwitchRow,
        r#"select named.scope as "scope!", named.value as "value!",
                  exists (select from tenants.snapshot_kill_switches engaged
                          where engaged.scope = named.scope and engaged.value = named.value
                            and engaged.released_at is null) as "engaged!"
           from tenants.snapshot_kill_switches named where named.switch_id = $1"#,
        switch
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Whether everything is halted. For what leaves no record: a batch reads it under its heads.
pub(crate) async fn halted(db: &Db) -> Result<bool, DbError> {
    let mut tx = db.platform(Reason::Machinery("halt")).await?;
    let halted = sqlx::query_scalar!("select engaged from journal.halt where only_row");
    Ok(halted.fetch_one(tx.conn()).await?)
}
