-- Who may do what: tenants, their keys, the people and machines that act for them.
-- Owned by the tenants service; everybody else reads the published views at the end.

create schema tenants;
grant usage on schema tenants to gw_app, gw_publisher;

-- A tenant. Tenant id zero is the platform itself.
create table tenants.tenants (
    tenant_id       uuid primary key,
    alias           text constraint tenants_alias_key unique
                    constraint tenants_alias_shape check (alias ~ '^[a-z0-9-]{1,40}$'),
    name            text not null constraint tenants_name_length check (octet_length(name) between 1 and 200),
    state           text not null default 'active'
                    constraint tenants_state check (state in ('active', 'suspended')),
    state_reason    text,
    default_gate_id uuid,
    created_by_kind text not null,
    created_by_id   text not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    -- Nobody could resume the platform: its keys would be refused.
    constraint tenants_platform_active
        check (state = 'active' or tenant_id <> '00000000-0000-0000-0000-000000000000')
);
call gw.wall_off('tenants.tenants');
-- The platform's staff list all tenants; they still bind one to change it.
create policy platform on tenants.tenants for select to gw_tenants
    using (current_setting('gw.platform', true) = 'on');

-- What everything secret of a tenant is sealed under; itself sealed under the root key.
create table tenants.data_keys (
    tenant_id  uuid primary key references tenants.tenants,
    sealed     bytea not null,
    created_at timestamptz not null
);
call gw.wall_off('tenants.data_keys');

-- What signs the checkpoints of a tenant's log; sealed under its data key.
create table tenants.log_keys (
    tenant_id  uuid not null references tenants.tenants,
    key_id     uuid not null,
    origin     text not null,
    public_key bytea not null constraint log_keys_public_key check (octet_length(public_key) = 32),
    sealed     bytea not null,
    state      text not null default 'active' constraint log_keys_state check (state in ('active', 'retired')),
    created_at timestamptz not null,
    primary key (tenant_id, key_id)
);
call gw.wall_off('tenants.log_keys');
create unique index log_keys_one_active on tenants.log_keys (tenant_id) where state = 'active';

-- A person who administers a tenant.
create table tenants.operators (
    tenant_id       uuid not null references tenants.tenants,
    operator_id     uuid not null,
    name            text not null constraint operators_name_length check (octet_length(name) between 1 and 200),
    mail            text not null constraint operators_mail_length check (octet_length(mail) between 3 and 254),
    roles           text[] not null,
    created_by_kind text not null,
    created_by_id   text not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    primary key (tenant_id, operator_id)
);
call gw.wall_off('tenants.operators');
create unique index operators_mail_key on tenants.operators (tenant_id, lower(mail));

-- A way into the API. The secret itself is nowhere; `prefix` is what people recognise a key by.
create table tenants.api_keys (
    tenant_id       uuid not null references tenants.tenants,
    key_id          uuid not null,
    kind            text not null constraint api_keys_kind check (kind in ('operator', 'machine', 'platform')),
    operator_id     uuid,
    name            text not null constraint api_keys_name_length check (octet_length(name) between 1 and 200),
    prefix          text not null,
    secret_sha256   bytea not null constraint api_keys_secret check (octet_length(secret_sha256) = 32),
    scopes          text[] not null,
    gates           uuid[] constraint api_keys_gates check (cardinality(gates) between 1 and 1000),
    expires_at      timestamptz,
    revoked_at      timestamptz,
    revoked_reason  text,
    created_by_kind text not null,
    created_by_id   text not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    primary key (tenant_id, key_id),
    constraint api_keys_operator foreign key (tenant_id, operator_id) references tenants.operators,
    constraint api_keys_owner check ((kind = 'operator') = (operator_id is not null)),
    constraint api_keys_platform
        check ((kind = 'platform') = (tenant_id = '00000000-0000-0000-0000-000000000000'))
);
call gw.wall_off('tenants.api_keys');
-- The list of tenants says of each whether anybody holds all of its rights.
create policy platform on tenants.api_keys for select to gw_tenants
    using (current_setting('gw.platform', true) = 'on');
create index api_keys_by_operator on tenants.api_keys (tenant_id, operator_id) where operator_id is not null;

grant select, insert on tenants.tenants, tenants.data_keys, tenants.log_keys, tenants.operators, tenants.api_keys
    to gw_tenants;
grant update (name, default_gate_id, state, state_reason, updated_at) on tenants.tenants to gw_tenants;
grant update (revoked_at, revoked_reason, updated_at) on tenants.api_keys to gw_tenants;
grant select on tenants.tenants, tenants.data_keys, tenants.log_keys, tenants.api_keys to gw_publisher;

-- What a caller's key is looked up in, after the tenant that it claims has been bound.
create view tenants.published_keys as
    select k.tenant_id, k.key_id, k.secret_sha256, k.scopes, k.gates, k.expires_at, k.revoked_at,
           k.operator_id, k.kind, t.state as tenant_state
    from tenants.api_keys k
    join tenants.tenants t using (tenant_id);

create view tenants.published_tenants as
    select tenant_id, name, alias, state, default_gate_id from tenants.tenants;

create view tenants.published_data_keys as
    select tenant_id, sealed from tenants.data_keys;

create view tenants.snapshot_log_keys as
    select tenant_id, key_id, public_key, sealed, origin, state from tenants.log_keys;

grant create on schema tenants to gw_publisher;
alter view tenants.published_keys owner to gw_publisher;
alter view tenants.published_tenants owner to gw_publisher;
alter view tenants.published_data_keys owner to gw_publisher;
alter view tenants.snapshot_log_keys owner to gw_publisher;
revoke create on schema tenants from gw_publisher;

grant select on tenants.published_keys, tenants.published_tenants, tenants.published_data_keys
    to gw_tenants, gw_gates, gw_capabilities, gw_check;
grant select on tenants.snapshot_log_keys to gw_check;
