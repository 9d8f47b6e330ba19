-- The keys that capabilities are made under, and the capabilities that are refused.
-- Owned by the service gw_capabilities. Tokens themselves are never kept.

create schema capabilities;
grant usage on schema capabilities to gw_capabilities, gw_publisher, gw_check;

create table capabilities.root_keys (
    tenant_id  uuid not null,
    id         uuid not null,
    state      text not null check (state in ('active', 'retiring', 'retired')),
    -- 32 bytes of HMAC key, sealed under the tenant's data key.
    sealed     bytea not null,
    created_at timestamptz not null,
    constraint root_keys_pkey primary key (tenant_id, id)
);
create unique index root_keys_one_active on capabilities.root_keys (tenant_id)
    where state = 'active';
call gw.wall_off('capabilities.root_keys');
grant select, insert on capabilities.root_keys to gw_capabilities;
grant select on capabilities.root_keys to gw_publisher;

create table capabilities.revocations (
    tenant_id       uuid not null,
    jti             text not null check (octet_length(jti) between 1 and 256),
    -- Orders the list: UUIDv7 of the moment.
    id              uuid not null,
    reason          text check (octet_length(reason) <= 1000),
    revoked_at      timestamptz not null,
    revoked_by_kind text not null check (revoked_by_kind in ('operator', 'machine', 'platform')),
    revoked_by_id   text not null,
    constraint revocations_pkey primary key (tenant_id, jti),
    constraint revocations_id_key unique (tenant_id, id)
);
call gw.wall_off('capabilities.revocations');
grant select, insert on capabilities.revocations to gw_capabilities;
grant select on capabilities.revocations to gw_publisher;

create view capabilities.snapshot_root_keys as
    select tenant_id, id as key_id, state, sealed from capabilities.root_keys;
grant create on schema capabilities to gw_publisher;
alter view capabilities.snapshot_root_keys owner to gw_publisher;
grant select on capabilities.snapshot_root_keys to gw_check;

create view capabilities.snapshot_revocations as
    select tenant_id, jti, revoked_at from capabilities.revocations;
alter view capabilities.snapshot_revocations owner to gw_publisher;
revoke create on schema capabilities from gw_publisher;
grant select on capabilities.snapshot_revocations to gw_check;
