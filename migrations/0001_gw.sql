-- What every other schema leans on: the wall between tenants, the directory of public ids, and
-- what this installation is. Roles belong to the cluster and are made before any migration runs.

create schema gw;
grant usage on schema gw to gw_app, gw_log, gw_journal;

-- Fails, rather than returning null, when no tenant is bound: a forgotten tenant is an error
-- in the first test that runs the query, not an empty list in production.
create function gw.current_tenant() returns uuid
    language sql stable
    return current_setting('gw.tenant_id')::uuid;

-- Walls a table off by its `tenant_id`: inserts need not mention it, and nothing else is visible.
create procedure gw.wall_off(tbl regclass) language plpgsql as $$
begin
    execute format('alter table %s alter column tenant_id set default gw.current_tenant()', tbl);
    execute format('alter table %s enable row level security', tbl);
    execute format('alter table %s force row level security', tbl);
    execute format(
        'create policy tenant on %s to gw_app
             using (tenant_id = (select gw.current_tenant()))
             with check (tenant_id = (select gw.current_tenant()))', tbl);
end $$;

-- Which tenant a public id belongs to, for routes that authenticate nobody (a JWKS, a log's key).
-- Readable with no tenant bound; a row can only be written about the tenant that is bound.
create table gw.directory (
    kind text not null,
    id uuid not null,
    tenant_id uuid not null default gw.current_tenant(),
    primary key (kind, id)
);
alter table gw.directory enable row level security;
alter table gw.directory force row level security;
create policy anybody_reads on gw.directory for select to gw_app using (true);
create policy own_rows on gw.directory for insert to gw_app
    with check (tenant_id = (select gw.current_tenant()));
grant select on gw.directory to gw_tenants, gw_gates, gw_capabilities, gw_check;
grant insert on gw.directory to gw_tenants, gw_gates, gw_capabilities;

-- One row: the root key that seals this database's secrets (its fingerprint) and the host that
-- every log's origin begins with. A start with another of either is refused.
create table gw.installation (
    only_row boolean primary key default true check (only_row),
    root_key_fingerprint bytea not null check (octet_length(root_key_fingerprint) = 8),
    issuer_host text not null,
    installed_at timestamptz not null default clock_timestamp()
);
grant select, insert on gw.installation to
    gw_tenants, gw_gates, gw_capabilities, gw_check, gw_journal;
