-- Gates, and the key pairs they sign with. Owned by the service gw_gates.

create schema gates;
grant usage on schema gates to gw_gates, gw_publisher, gw_tenants, gw_capabilities, gw_check;

create table gates.gates (
    tenant_id       uuid not null,
    id              uuid not null,
    -- The whole name, `gate_` included: what stands in a path in place of the id.
    slug            text check (slug ~ '^gate_[a-z0-9-]{1,40}$'),
    name            text not null check (octet_length(name) between 1 and 200),
    description     text check (octet_length(description) <= 2000),
    profile         text not null check (profile in ('L1', 'L2', 'L3')),
    mode            text not null check (mode in ('enforce', 'observe')),
    signing         text not null check (signing in ('each', 'batch')),
    is_discoverable boolean not null,
    state           text not null check (state in ('active', 'archived')),
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    created_by_kind text not null check (created_by_kind in ('operator', 'machine', 'platform')),
    created_by_id   text not null,
    constraint gates_pkey primary key (tenant_id, id),
    constraint gates_slug_key unique (tenant_id, slug)
);
call gw.wall_off('gates.gates');
grant select, insert on gates.gates to gw_gates;
grant select on gates.gates to gw_publisher;

create table gates.keypairs (
    tenant_id   uuid not null,
    id          uuid not null,
    gate_id     uuid not null,
    state       text not null check (state in ('active', 'retiring', 'retired')),
    -- Ed25519 (RFC 8032): 32 bytes, and the seed sealed under the tenant's data key.
    public_key  bytea not null check (octet_length(public_key) = 32),
    sealed      bytea not null,
    -- Positions in the tenant's log: the first entry that it may sign, and the first that it may not.
    signs_from  bigint not null default 0,
    signs_until bigint,
    created_at  timestamptz not null,
    constraint keypairs_pkey primary key (tenant_id, id),
    constraint keypairs_gate_fkey foreign key (tenant_id, gate_id)
        references gates.gates (tenant_id, id)
);
create unique index keypairs_one_active on gates.keypairs (tenant_id, gate_id)
    where state = 'active';
create index keypairs_by_gate on gates.keypairs (tenant_id, gate_id, id);
call gw.wall_off('gates.keypairs');
grant select, insert on gates.keypairs to gw_gates;
grant select on gates.keypairs to gw_publisher;

-- What other services may know. The owner of a view is not above the policy.
create view gates.published_gates as
    select tenant_id, id as gate_id, slug, name, state, created_at from gates.gates;
grant create on schema gates to gw_publisher;
alter view gates.published_gates owner to gw_publisher;
grant select on gates.published_gates to gw_tenants, gw_capabilities, gw_check;

create view gates.snapshot_gates as
    select tenant_id, id as gate_id, slug, name, profile, mode, signing, state, created_at
    from gates.gates;
alter view gates.snapshot_gates owner to gw_publisher;
grant select on gates.snapshot_gates to gw_check;

create view gates.snapshot_keypairs as
    select tenant_id, gate_id, id as key_id, state, public_key, sealed from gates.keypairs;
alter view gates.snapshot_keypairs owner to gw_publisher;
revoke create on schema gates from gw_publisher;
grant select on gates.snapshot_keypairs to gw_check;
