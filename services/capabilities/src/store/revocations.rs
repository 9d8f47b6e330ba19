use chrono::{DateTime, Utc};
use gw_db::{DbError, TenantTx};
use gw_kernel::{Author, Count, Epoch, PageRequest, RevocationId};
use uuid::Uuid;

use crate::domain::{Kind, Revocation, RevocationFilter, Selected, forgotten_before};

/// Has this transaction look things up one by one, in the index that orders them, whatever the
/// database believes of its tables. Where most tenants have next to nothing it takes a tenant for
/// one row, and looks through all of a large tenant's for each of a thousand things.
pub(crate) async fn look_up_in_order(tx: &mut TenantTx) -> Result<(), DbError> {
    sqlx::query!(
        "select set_config(name, 'off', true) from unnest(array['enable_sort', 'enable_seqscan',
             'enable_hashjoin', 'enable_mergejoin']) name"
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}

/// Keeps revocations, except of what has one already, and tells those that are new. The tenant's
/// head is held, at this epoch.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    revocations: &[Revocation],
    epoch: Epoch,
) -> Result<Vec<Revocation>, DbError> {
    let Some(first) = revocations.first() else { return Ok(Vec::new()) };
    let ids: Vec<Uuid> = revocations.iter().map(|one| one.id).collect();
    let (kinds, selected) = columns(revocations.iter().map(|one| &one.selected));
    let rows = sqlx::query_as!(
        Row,
        "insert into capabilities.revocations
             (id, kind, selected, revocation_id, until_epoch, expires_at,
              reason, revoked_at, revoked_by_kind, revoked_by_id)
         select given.id, given.kind, given.selected, $4,
                case when given.kind = 'subject' then $5::bigint end,
                case when given.kind in ('jti', 'root') then endings.expires_at end,
                $6, $7, $8, $9
         from unnest($1::uuid[], $2::text[], $3::text[]) as given (id, kind, selected)
         left join lateral (
             select jti, expires_at from capabilities.endings own
             where own.jti >= given.selected order by own.jti limit 1
         ) endings on endings.jti = given.selected
         on conflict (tenant_id, kind, selected) where kind <> 'subject' do nothing
         returning id, revocation_id, kind, selected, reason, revoked_at, revoked_by_kind,
                   revoked_by_id, expires_at",
        &ids,
        &kinds as &[&str],
        &selected as &[&str],
        first.revocation_id.uuid(),
        epoch.0,
        first.reason,
        first.revoked_at,
        first.revoked_by.kind,
        first.revoked_by.id,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// The revocation of each of these that has one. An agent may have many: none is told of it.
pub(crate) async fn find(
    tx: &mut TenantTx,
    selected: &[&Selected],
) -> Result<Vec<Revocation>, DbError> {
    let (kinds, selected) = columns(selected.iter().copied());
    let rows = sqlx::query_as!(
        Row,
        r#"select r.id as "id!", r.revocation_id as "revocation_id!", r.kind as "kind!",
                  r.selected as "selected!", r.reason, r.revoked_at as "revoked_at!",
                  r.revoked_by_kind as "revoked_by_kind!", r.revoked_by_id as "revoked_by_id!",
                  r.expires_at
           from unnest($1::text[], $2::text[]) as given (kind, selected)
           cross join lateral (
               select * from capabilities.revocations own
               -- An agent's are not in this index.
               where own.kind <> 'subject'
                 and own.kind = given.kind and own.selected >= given.selected
               order by own.selected limit 1
           ) r
           where r.selected = given.selected"#,
        &kinds as &[&str],
        &selected as &[&str],
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// Forgets what refuses only capabilities that ended before this moment.
pub(crate) async fn prune(tx: &mut TenantTx, before: DateTime<Utc>) -> Result<(), DbError> {
    sqlx::query!(
        "delete from capabilities.revocations own using (
             select ctid as place from capabilities.revocations where expires_at < $1
             order by expires_at limit 1000
         ) ended
         where own.ctid = ended.place",
        before,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Revocations, newest first; one more than the page holds where there are more. What is about to
/// be forgotten is not among them.
pub(crate) async fn list(
    tx: &mut TenantTx,
    page: PageRequest,
    offset: i64,
    filter: &RevocationFilter,
) -> Result<Vec<Revocation>, DbError> {
    let selected = filter.selected.as_ref();
    let rows = sqlx::query_as!(
        Row,
        "select id, revocation_id, kind, selected, reason, revoked_at, revoked_by_kind,
                revoked_by_id, expires_at
         from capabilities.revocations
         where ($1::uuid is null or id < $1)
           and ($4::text is null or (kind = $4 and selected = $5))
           and ($6::timestamptz is null or revoked_at >= $6)
           and ($7::timestamptz is null or revoked_at < $7)
           and ($8::text is null or revoked_by_id = $8)
           and (expires_at is null or expires_at >= $9)
         order by id desc
         limit $2 offset $3",
        page.after.map(|cursor| cursor.0),
        page.fetch(),
        offset,
        selected.map(|selected| selected.kind.as_str()),
        selected.map(|selected| selected.id.as_str()),
        filter.since,
        filter.until,
        filter.revoked_by,
        forgotten_before(tx.now()),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// How many revocations the filter lets through. What is about to be forgotten is not among them.
pub(crate) async fn count(tx: &mut TenantTx, filter: &RevocationFilter) -> Result<Count, DbError> {
    let selected = filter.selected.as_ref();
    let found = sqlx::query_scalar!(
        r#"select count(*) as "found!" from (
               select from capabilities.revocations
               where ($1::text is null or (kind = $1 and selected = $2))
                 and ($3::timestamptz is null or revoked_at >= $3)
                 and ($4::timestamptz is null or revoked_at < $4)
                 and ($5::text is null or revoked_by_id = $5)
                 and (expires_at is null or expires_at >= $6)
               limit $7
           ) counted"#,
        selected.map(|selected| selected.kind.as_str()),
        selected.map(|selected| selected.id.as_str()),
        filter.since,
        filter.until,
        filter.revoked_by,
        forgotten_before(tx.now()),
        Count::LOOKED_AT,
    );
    Ok(Count::of(found.fetch_one(tx.conn()).await?))
}

/// What is selected, column by column.
fn columns<'a>(selected: impl Iterator<Item = &'a Selected>) -> (Vec<&'a str>, Vec<&'a str>) {
    selected.map(|selected| (selected.kind.as_str(), selected.id.as_str())).unzip()
}

struct Row {
    id: Uuid,
    revocation_id: Uuid,
    kind: String,
    selected: String,
    reason: Option<String>,
    revoked_at: DateTime<Utc>,
    revoked_by_kind: String,
    revoked_by_id: String,
    expires_at: Option<DateTime<Utc>>,
}

impl Row {
    /// A kind that is not known here is refused by the table.
    fn read(self) -> Option<Revocation> {
        Some(Revocation {
            id: self.id,
            revocation_id: RevocationId::from_uuid(self.revocation_id),
            selected: Selected { kind: Kind::parse(&self.kind)?, id: self.selected },
            reason: self.reason,
            revoked_at: self.revoked_at,
            revoked_by: Author { kind: self.revoked_by_kind, id: self.revoked_by_id },
            expires_at: self.expires_at,
        })
    }
}
