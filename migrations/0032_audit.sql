-- What the log says, by object and by day. Nothing here is a source of truth: all of it is derived
-- from the log's entries, by a consumer that moves its cursor in the transaction that writes it.

create schema audit;
grant usage on schema audit to gw_audit;

-- How far each tenant's log has been digested.
create table audit.cursors (
    tenant_id uuid primary key,
    next      bigint not null default 0 check (next >= 0),  -- every entry below it is digested
    day       date not null default date '2000-01-01',      -- of the newest of them
    epoch     bigint not null default 0,                    -- after the newest of them
    -- Whether the tenant had 80 percent or more of something that it may have, at its newest
    -- administrative entry.
    near_limit boolean not null default false
);
call gw.wall_off('audit.cursors');
-- Whoever digests looks which logs have grown; a tenant is bound to digest its own.
create policy platform on audit.cursors for select to gw_audit
    using (current_setting('gw.platform', true) = 'on');

-- An administrative entry: who did what, when, and what it changed.
create table audit.changes (
    tenant_id  uuid not null,
    idx        bigint not null,
    id         uuid not null,
    kind       text not null,
    object     text not null,                -- what it is about
    gate_id    uuid,
    at         timestamptz not null,
    epoch      bigint not null,              -- after it
    actor_kind text,
    actor_id   text,
    actor_key  text,
    diff       jsonb not null,               -- JSON Patch (RFC 6902), each step with what was before
    primary key (tenant_id, idx)
);
call gw.wall_off('audit.changes');
create unique index changes_by_id on audit.changes (tenant_id, id);

-- Every object that an entry is about or has to do with.
create table audit.mentions (
    tenant_id uuid not null,
    object    text not null check (octet_length(object) between 1 and 600),
    idx       bigint not null,
    primary key (tenant_id, object, idx)
);
call gw.wall_off('audit.mentions');

-- Each object as its newest entry leaves it: what the next one is compared with.
create table audit.objects (
    tenant_id uuid not null,
    object    text not null,
    state     jsonb not null,
    primary key (tenant_id, object)
);
call gw.wall_off('audit.objects');

-- Decisions, by what they are told apart by.
create table audit.decisions_by_day (
    tenant_id uuid not null,
    day       date not null,                 -- of the log
    gate_id   uuid not null,
    decision  text not null,                 -- `unknown` where the body was gone
    caller    text not null,                 -- the API key, or what kind of caller had none
    count     bigint not null check (count > 0),
    primary key (tenant_id, day, gate_id, decision, caller)
) with (fillfactor = 70);
call gw.wall_off('audit.decisions_by_day');

-- Administrative entries, by type.
create table audit.changes_by_day (
    tenant_id uuid not null,
    day       date not null,
    kind      text not null,
    count     bigint not null check (count > 0),
    primary key (tenant_id, day, kind)
) with (fillfactor = 70);
call gw.wall_off('audit.changes_by_day');

grant select, insert, update on
    audit.cursors, audit.objects, audit.decisions_by_day, audit.changes_by_day to gw_audit;
grant select, insert on audit.changes, audit.mentions to gw_audit;

-- What the service reads of others: who calls, and which gates there are.
grant usage on schema gw, tenants, gates to gw_audit;
grant select on gw.directory to gw_audit;
grant select, insert on gw.installation to gw_audit;
grant select on tenants.published_keys, tenants.published_tenants to gw_audit;
grant select on gates.published_gates to gw_audit;
