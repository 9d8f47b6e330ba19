use gw_kernel::TenantId;

use crate::Database;

impl Database {
    /// Makes all that a tenant's log holds so many days older than it is: the batches' times, and
    /// the days that entries lie in. No record says other than it did.
    ///
    /// # Panics
    /// When the log is of the year 2000 by then.
    pub async fn age(&self, tenant: TenantId, days: i32) {
        let mut tx = self.owner().await.begin().await.expect("the owner can begin");
        // Partitions are made from yesterday's on: those of older days are all still there.
        let parts = "do $$ declare missing date; begin
            for missing in
                select distinct e.day - n from journal.entries e
                    cross join (select current_setting('test.days')::int) as aged (n)
                    where to_regclass('journal.entries_' || to_char(e.day - n, 'YYYYMMDD')) is null
            loop
                execute format('create table journal.%I (like journal.entries including all)',
                    'entries_' || to_char(missing, 'YYYYMMDD'));
                execute format('alter table journal.entries attach partition journal.%I
                    for values from (%L) to (%L)',
                    'entries_' || to_char(missing, 'YYYYMMDD'), missing, missing + 1);
            end loop;
        end $$";
        sqlx::query("select set_config('test.days', $1::text, true)")
            .bind(days.to_string())
            .execute(&mut *tx)
            .await
            .expect("a setting");
        sqlx::raw_sql(parts).execute(&mut *tx).await.expect("the days' partitions");
        for sql in [
            "update journal.entries set day = day - $2 where tenant_id = $1",
            "update journal.batches set at = at - make_interval(days => $2) where tenant_id = $1",
        ] {
            let update = sqlx::query(sql).bind(tenant.uuid()).bind(days);
            update.execute(&mut *tx).await.expect("the log ages");
        }
        tx.commit().await.expect("the owner can commit");
    }
}
