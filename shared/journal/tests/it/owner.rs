//! The database as its owner sees it, past every role and wall.

use gw_kernel::{Clock, Epoch, Id, IdKind, SystemClock, TenantId};
use rand::Rng;

/// The owner's view of the database.
#[derive(Clone)]
pub(crate) struct Owner {
    #[expect(clippy::disallowed_types, reason = "the owner's view of a test database")]
    pub(crate) pool: sqlx::PgPool,
}

impl Owner {
    /// Appends an administrative entry, as a service's transaction does; answers the epoch.
    pub(crate) async fn append(&self, tenant: TenantId) -> Epoch {
        let mut tx = self.pool.begin().await.unwrap();
        sqlx::query("select set_config('gw.tenant_id', $1, true)")
            .bind(tenant.uuid().to_string())
            .execute(&mut *tx)
            .await
            .unwrap();
        let (epoch,): (i64,) = sqlx::query_as(
            "select journal.append(array[row($1, 'test.changed.v1', null, true, '{}'::bytea)
                 ::journal.new_entry])",
        )
        .bind(new_id::<TestEvent>().uuid())
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        Epoch(epoch)
    }

    pub(crate) async fn epoch(&self, tenant: TenantId) -> Epoch {
        let epoch: Option<(i64,)> = sqlx::query_as(
            "select epoch from journal.batches where tenant_id = $1 order by prev desc limit 1",
        )
        .bind(tenant.uuid())
        .fetch_optional(&self.pool)
        .await
        .unwrap();
        Epoch(epoch.map_or(0, |(epoch,)| epoch))
    }

    /// The first column of the first row.
    pub(crate) async fn number(&self, sql: &'static str, tenant: TenantId) -> i64 {
        sqlx::query_scalar(sql).bind(tenant.uuid()).fetch_one(&self.pool).await.unwrap()
    }

    pub(crate) async fn run(&self, sql: &'static str) {
        sqlx::query(sql).execute(&self.pool).await.unwrap();
    }
}

/// Marks the ids of the tests' entries.
pub(crate) enum TestEvent {}

impl IdKind for TestEvent {
    const PREFIX: &'static str = "evt";
}

pub(crate) fn new_id<K: IdKind>() -> Id<K> {
    let mut random = [0; 10];
    rand::rng().fill_bytes(&mut random);
    Id::at(SystemClock.now(), random)
}
