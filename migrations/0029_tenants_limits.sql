-- What a tenant may have: set by the platform, counted by whoever owns what is limited.

create table tenants.limits (
    tenant_id         uuid primary key references tenants.tenants,
    checks_per_second integer not null
                      constraint limits_checks_per_second check (checks_per_second between 1 and 10000000),
    gates             integer not null constraint limits_gates check (gates between 0 and 1000000),
    api_keys          integer not null constraint limits_api_keys check (api_keys between 0 and 1000000),
    operators         integer not null constraint limits_operators check (operators between 0 and 1000000),
    retention_days    integer not null
                      constraint limits_retention_days check (retention_days between 1 and 36500),
    updated_at        timestamptz not null
);
call gw.wall_off('tenants.limits');
grant select, insert on tenants.limits to gw_tenants;
grant update (checks_per_second, gates, api_keys, operators, retention_days, updated_at)
    on tenants.limits to gw_tenants;
grant select on tenants.limits to gw_publisher;

-- Tenants that were made before there were limits have the ones that are compiled in.
create view tenants.published_limits as
    select t.tenant_id,
           coalesce(l.checks_per_second, 100000) as checks_per_second,
           coalesce(l.gates, 10000) as gates,
           coalesce(l.api_keys, 10000) as api_keys,
           coalesce(l.operators, 1000) as operators,
           coalesce(l.retention_days, 3650) as retention_days,
           coalesce(l.updated_at, t.created_at) as updated_at
    from tenants.tenants t
    left join tenants.limits l on l.tenant_id = t.tenant_id;
grant create on schema tenants to gw_publisher;
alter view tenants.published_limits owner to gw_publisher;
revoke create on schema tenants from gw_publisher;
grant select on tenants.published_limits to gw_tenants, gw_gates, gw_check;
