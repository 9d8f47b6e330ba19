-- Kill switches: what is halted, from when on, and who said so. One row for each time that a switch
-- was engaged; it stays when the switch is released.

create table tenants.kill_switches (
    tenant_id        uuid not null references tenants.tenants,
    switch_id        uuid not null,
    scope            text not null
                     constraint kill_switches_scope check (scope in ('global', 'tenant', 'gate', 'agent')),
    -- A gate's id (`gate_...`) or an agent's exact name; empty where the scope says it all.
    value            text not null constraint kill_switches_value check (octet_length(value) <= 512),
    reason           text,
    engaged_at       timestamptz not null,
    engaged_by_kind  text not null,
    engaged_by_id    text not null,
    released_at      timestamptz,
    released_by_kind text,
    released_by_id   text,
    release_reason   text,
    primary key (tenant_id, switch_id),
    constraint kill_switches_target check ((scope in ('global', 'tenant')) = (value = '')),
    -- The platform has no checks of its own to halt, and no tenant halts another.
    constraint kill_switches_global
        check ((scope = 'global') = (tenant_id = '00000000-0000-0000-0000-000000000000')),
    constraint kill_switches_released
        check ((released_at is null) = (released_by_kind is null)
           and (released_at is null) = (released_by_id is null)
           and (released_at is not null or release_reason is null))
);
call gw.wall_off('tenants.kill_switches');
create unique index kill_switches_engaged on tenants.kill_switches (tenant_id, scope, value)
    where released_at is null;

grant select, insert on tenants.kill_switches to gw_tenants;
grant update (released_at, released_by_kind, released_by_id, release_reason) on tenants.kill_switches
    to gw_tenants;
grant select on tenants.kill_switches to gw_publisher;

create view tenants.snapshot_kill_switches as
    select tenant_id, switch_id, scope, value, released_at from tenants.kill_switches;
grant create on schema tenants to gw_publisher;
alter view tenants.snapshot_kill_switches owner to gw_publisher;
revoke create on schema tenants from gw_publisher;
grant select on tenants.snapshot_kill_switches to gw_check;
