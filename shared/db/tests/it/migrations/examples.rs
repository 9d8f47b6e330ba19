//! Each rule is seen to refuse, and what one is told to do instead is seen to pass.

use super::{
    File, refused,
    rules::{Refused, Rule},
};

/// What each rule refuses, in a file of its own behind those that are there.
const REFUSED: &[(Rule, &str)] = &[
    (Rule::Unreadable, "alter table gates.gates ad column x text;"),
    (Rule::Unreadable, "create function gates.x( returns int as $$ select 1 $$ language sql;"),
    (Rule::Drop, "alter table gates.gates drop column description;"),
    (Rule::Drop, "drop table gates.gates;"),
    (Rule::Drop, "drop view gates.published_gates;"),
    (Rule::Drop, "drop function journal.hold();"),
    (Rule::Drop, "-- contract: unused since 0023\ndrop table gates.gates;"),
    (Rule::Drop, "-- contract: unused since 9000\ndrop table gates.gates;"),
    (Rule::Rename, "alter table gates.gates rename column name to title;"),
    (Rule::Rename, "alter table gates.gates rename to doors;"),
    (Rule::Rename, "alter view gates.published_gates rename to doors;"),
    (Rule::Rename, "alter function journal.epoch() rename to newest;"),
    (Rule::Rename, "alter table gates.gates set schema doors;"),
    (Rule::Retype, "alter table gates.gates alter column name type varchar(10);"),
    (Rule::Retype, "alter table gates.gates alter name set data type varchar(10);"),
    (Rule::NotNull, "alter table gates.gates alter column description set not null;"),
    (
        Rule::NotNull,
        "alter table gates.gates add constraint c check (description is not null) not valid;
         alter table gates.gates alter column description set not null;",
    ),
    (Rule::Constraint, "alter table gates.gates add constraint c check (name <> '');"),
    (Rule::Constraint, "alter table gates.gates add column x int check (x > 0);"),
    (Rule::Constraint, "alter table gates.keypairs add foreign key (id) references gates.gates;"),
    (Rule::Constraint, "alter table gates.gates add column x uuid references gates.gates;"),
    (Rule::Constraint, "alter domain gates.short add constraint c check (value <> '');"),
    (
        Rule::TooSoon,
        "alter table gates.gates add constraint c check (name <> '') not valid;
         alter table gates.gates validate constraint c;",
    ),
    (Rule::Unique, "alter table gates.gates add constraint u unique (name);"),
    (Rule::Unique, "alter table gates.gates add primary key (id);"),
    (Rule::Unique, "alter table gates.gates add column x int unique;"),
    (
        Rule::Default,
        "alter table gates.gates add column x uuid not null default gen_random_uuid();",
    ),
    (Rule::Default, "alter table gates.gates add column x timestamptz default clock_timestamp();"),
    (Rule::Default, "alter table gates.gates add x float default 1 + random();"),
    (Rule::Required, "alter table gates.gates add column x text not null;"),
    (Rule::Rewrite, "alter table gates.gates add column x bigserial;"),
    (Rule::Rewrite, "alter table gates.gates add column x int generated always as (1) stored;"),
    (Rule::Rewrite, "alter table gates.gates set unlogged;"),
    (Rule::Detach, "alter table journal.entries detach partition journal.entries_20261128;"),
    (Rule::Index, "create index i on gates.gates (name);"),
    (Rule::Index, "create unique index i on journal.uses (key) where idx > 0;"),
    (Rule::Alone, "create index concurrently i on gates.gates (name);"),
    (Rule::Alone, "-- no-transaction\nalter table gates.gates add column x text;"),
    (
        Rule::Alone,
        "-- no-transaction
         create index concurrently i on gates.gates (name);
         create index concurrently j on gates.gates (mode);",
    ),
    (Rule::Lock, "lock table gates.gates in share mode;"),
    (Rule::Lock, "lock gates.gates;"),
    (Rule::Maintenance, "vacuum full gates.gates;"),
    (Rule::Maintenance, "cluster gates.gates using gates_pkey;"),
    (Rule::Maintenance, "truncate gates.gates;"),
    (Rule::Maintenance, "reindex table gates.gates;"),
    (Rule::Rows, "update gates.gates set mode = 'enforce';"),
    (Rule::Rows, "update journal.entries set body = null where idx < 5;"),
    (Rule::Rows, "delete from journal.uses;"),
    (Rule::Rows, "with gone as (delete from journal.uses returning 1) select count(*) from gone;"),
    (
        Rule::Rows,
        "merge into gates.gates g using gates.keypairs k on g.id = k.id when matched then delete;",
    ),
    (Rule::Hidden, "do $$ begin execute 'drop table gates.gates'; end $$;"),
    (Rule::Hidden, "call gates.tidy_up();"),
    (Rule::Transaction, "commit; begin;"),
    (Rule::Transaction, "set lock_timeout = 0;"),
    (Rule::Transaction, "set local statement_timeout = '1h';"),
];

/// What passes, each behind those that stand before it.
const FINE: &[&str] = &[
    "alter table gates.gates add column x text, add column if not exists y int null;
     alter table gates.gates add column z boolean not null default false;
     alter table gates.gates add column labels text[] not null default '{}'::text[];
     alter table gates.gates add column t uuid default gw.current_tenant();
     alter table gates.gates add column w uuid;
     alter table gates.gates alter column w set default gen_random_uuid();
     alter table gates.gates alter column x set storage external;
     comment on column gates.gates.x is 'drop table, lock table: words alone';",
    "alter table gates.gates add constraint x_length check (octet_length(x) < 10) not valid;
     alter table gates.gates add constraint x_there check (x is not null) not valid;
     alter table gates.gates add constraint w_gate foreign key (tenant_id, w)
         references gates.gates not valid;",
    "alter table gates.gates validate constraint x_length;
     alter table gates.gates validate constraint x_there;
     alter table gates.gates alter column x set not null;",
    "-- no-transaction\ncreate unique index concurrently gates_x on gates.gates (tenant_id, x);",
    "alter table gates.gates add constraint gates_x unique using index gates_x;",
    "-- no-transaction\ndrop index concurrently gates.gates_x;",
    "create table gates.labels (
         tenant_id uuid not null,
         gate_id uuid not null,
         label text not null check (label <> ''),
         primary key (tenant_id, gate_id, label),
         foreign key (tenant_id, gate_id) references gates.gates (tenant_id, id)
     );
     call gw.wall_off('gates.labels');
     create unique index labels_by_label on gates.labels (tenant_id, label);
     alter table gates.labels add constraint short check (octet_length(label) < 40);
     insert into gates.labels select tenant_id, id, 'x' from gates.gates;
     update gates.labels set label = 'y';
     grant select, insert, delete, update (tenant_id) on gates.labels to gw_gates;
     create policy platform on gates.labels for select to gw_tenants
         using (current_setting('gw.platform', true) = 'on');",
    "create or replace view gates.published_gates as select tenant_id, id as gate_id from gates.gates;
     create view gates.snapshot_labels as select tenant_id, gate_id, label from gates.labels;
     grant create on schema gates to gw_publisher;
     alter view gates.snapshot_labels owner to gw_publisher;
     revoke create on schema gates from gw_publisher;",
    "create or replace function journal.tidy(out gone bigint) language plpgsql volatile
         security definer set search_path = pg_catalog, pg_temp
     as $$
     begin
         delete from journal.uses where expires_at < now();
         get diagnostics gone = row_count;
     end $$;
     revoke execute on function journal.tidy() from public;
     alter function journal.tidy() owner to gw_log;
     drop policy platform on gates.labels;
     select journal.ensure_days(7);
     update gw.installation set issuer_host = issuer_host;",
    "-- contract: unused since 9003\ndrop view gates.snapshot_labels;
     alter table gates.gates drop column y;",
];

/// Migrations from number 9000 on.
fn written(sql: &[&str]) -> Vec<File> {
    (9000..).zip(sql).map(|(number, sql)| File { number, sql: (*sql).to_owned() }).collect()
}

fn told(refused: &[(i64, Refused)]) -> Vec<String> {
    refused.iter().map(|(number, refusal)| format!("{number}: {refusal}")).collect()
}

#[test]
fn every_rule_refuses() {
    for (rule, sql) in REFUSED {
        let found = refused(&written(&[sql]));
        assert!(
            found.iter().any(|(_, refusal)| refusal.rule == *rule),
            "{rule:?} lets this pass:\n{sql}\n{}",
            told(&found).join("\n")
        );
    }
    for rule in Rule::ALL {
        assert!(REFUSED.iter().any(|(of, _)| of == rule), "{rule:?} has no example");
    }
}

#[test]
fn what_one_is_told_to_do_instead_passes() {
    let found = refused(&written(FINE));
    assert!(found.is_empty(), "\n{}", told(&found).join("\n"));
}
