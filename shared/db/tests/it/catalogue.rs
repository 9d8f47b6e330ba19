//! What Postgres' own catalogue says about our tables, views, functions and roles.

use gw_testkit::Database;

async fn names(db: &Database, sql: &'static str) -> Vec<String> {
    sqlx::query_scalar(sql).fetch_all(&db.owner().await).await.unwrap()
}

const OUTSIDE: &str = "select c.oid::regclass::text
     from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
     where c.relkind in ('r', 'p')
       and not (c.relrowsecurity and c.relforcerowsecurity
                and exists (select from pg_policy p
                            where p.polrelid = c.oid and p.polwithcheck is not null))
       and not c.relispartition
     order by 1";

/// Every table that has a tenant is behind the wall. A new table that forgets fails here.
#[tokio::test]
async fn no_table_stands_outside_the_wall() {
    let db = gw_testkit::database().await;
    assert_eq!(names(&db, OUTSIDE).await, [""; 0]);

    let breach = "create table gw.forgotten (tenant_id uuid);
                  alter table journal.heads no force row level security;
                  drop policy own_rows on gw.directory";
    sqlx::raw_sql(breach).execute(&db.owner().await).await.unwrap();
    assert_eq!(names(&db, OUTSIDE).await, ["gw.directory", "gw.forgotten", "journal.heads"]);
}

#[tokio::test]
async fn no_role_reaches_a_partition_except_through_its_parent() {
    let db = gw_testkit::database().await;
    let granted = "select c.oid::regclass || ' to ' || r.rolname
        from pg_class c, pg_roles r
        where c.relispartition and c.relkind = 'r' and r.rolname like 'gw\\_%'
          and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete, truncate, references, trigger')";
    assert_eq!(names(&db, granted).await, [""; 0]);
    let days = "select oid::regclass::text from pg_class where relispartition and relkind = 'r'";
    assert_eq!(names(&db, days).await.len(), 9);
}

#[tokio::test]
async fn every_view_belongs_to_the_publisher() {
    let db = gw_testkit::database().await;
    let others = "select c.oid::regclass || ' of ' || pg_get_userbyid(c.relowner)
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
          and (pg_get_userbyid(c.relowner) <> 'gw_publisher'
               or c.reloptions::text like '%security_invoker%')";
    assert_eq!(names(&db, others).await, [""; 0]);
}

#[tokio::test]
async fn no_role_sees_past_the_wall_or_logs_in_by_itself() {
    let db = gw_testkit::database().await;
    let strong = "select rolname::text from pg_roles
        where rolname like 'gw\\_%'
          and (rolsuper or rolbypassrls or rolcanlogin or rolcreaterole or rolcreatedb
               or rolreplication)";
    assert_eq!(names(&db, strong).await, [""; 0]);
}

#[tokio::test]
async fn the_group_holds_exactly_those_that_its_policy_is_for() {
    let db = gw_testkit::database().await;
    let members = "select member::regrole::text from pg_auth_members
        where roleid = 'gw_app'::regrole and member::regrole::text like 'gw\\_%' order by 1";
    let mut expected = gw_db::roles::IN_APP;
    expected.sort_unstable();
    assert_eq!(names(&db, members).await, expected);
    let elsewhere = "select member::regrole || ' in ' || roleid::regrole from pg_auth_members
        where member::regrole::text like 'gw\\_%' and roleid <> 'gw_app'::regrole";
    assert_eq!(names(&db, elsewhere).await, [""; 0]);
}

#[tokio::test]
async fn only_the_lanes_and_the_append_function_write_the_log() {
    let db = gw_testkit::database().await;
    let writers = "select distinct r.rolname::text
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'journal'
        cross join pg_roles r
        where c.relkind in ('r', 'p', 'v') and r.rolname like 'gw\\_%'
          and (has_table_privilege(r.oid, c.oid, 'insert, delete, truncate')
               or has_any_column_privilege(r.oid, c.oid, 'update'))
          and (c.relkind <> 'v' or r.rolname <> 'gw_publisher')
        order by 1";
    assert_eq!(names(&db, writers).await, ["gw_journal", "gw_log"]);
    let readers = "select distinct r.rolname::text
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'journal'
        cross join pg_roles r
        where c.relkind in ('r', 'p') and r.rolname like 'gw\\_%'
          and c.relname <> 'halt' -- no tenant's, and nothing but a yes or no
          and has_table_privilege(r.oid, c.oid, 'select')
        order by 1";
    assert_eq!(names(&db, readers).await, ["gw_journal", "gw_log", "gw_publisher"]);
    // History is not rewritten, and the head is never updated to another tenant's. What counts and
    // what was taken for a while (`counters`, `uses`) is no history.
    let rewriters = "select r.rolname || ' on ' || c.relname
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'journal'
        cross join pg_roles r
        where r.rolname like 'gw\\_%' and c.relname in ('heads', 'batches', 'entries')
          and has_table_privilege(r.oid, c.oid, 'update, delete, truncate')";
    assert_eq!(names(&db, rewriters).await, [""; 0]);
    // But for what `journal.forget` takes.
    let columns = "select r.rolname || ' on ' || a.attname
        from pg_attribute a
        cross join pg_roles r
        where r.rolname like 'gw\\_%' and a.attrelid = 'journal.entries'::regclass and a.attnum > 0
          and has_column_privilege(r.oid, a.attrelid, a.attnum, 'update')";
    assert_eq!(names(&db, columns).await, ["gw_log on body"]);
}

#[tokio::test]
async fn functions_that_run_as_their_owner_resolve_no_name_of_the_callers() {
    let db = gw_testkit::database().await;
    let definers = "select p.oid::regproc || ' of ' || pg_get_userbyid(p.proowner)
        from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where p.prosecdef and n.nspname = 'journal' and p.proowner = 'gw_log'::regrole order by 1";
    let expected = ["acknowledge_loss", "append", "epoch", "forget", "hold", "set_halt", "sizes"]
        .map(|f| format!("journal.{f} of gw_log"));
    assert_eq!(names(&db, definers).await, expected);
    let loose = "select p.oid::regproc::text
        from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')
          and (p.proconfig is null
               or not 'search_path=pg_catalog, pg_temp' = any (p.proconfig)
               or p.proacl is null
               or exists (select from aclexplode(p.proacl) where grantee = 0))";
    assert_eq!(names(&db, loose).await, [""; 0]);
}
