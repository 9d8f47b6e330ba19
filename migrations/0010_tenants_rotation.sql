-- What is replaced while it is in use: API keys' secrets, and the log's key.

-- The secret that a rotation replaced is accepted until this moment. One at most: rotating again
-- ends it.
alter table tenants.api_keys add column previous_sha256 bytea
    constraint api_keys_previous_secret check (octet_length(previous_sha256) = 32);
alter table tenants.api_keys add column previous_until timestamptz;
alter table tenants.api_keys add column rotated_at timestamptz;
alter table tenants.api_keys add constraint api_keys_previous
    check ((previous_sha256 is null) = (previous_until is null));
grant update (secret_sha256, previous_sha256, previous_until, rotated_at) on tenants.api_keys
    to gw_tenants;

create or replace view tenants.published_keys as
    select k.tenant_id, k.key_id, k.secret_sha256, k.scopes, k.gates, k.expires_at, k.revoked_at,
           k.operator_id, k.kind, t.state as tenant_state, k.previous_sha256, k.previous_until
    from tenants.api_keys k
    join tenants.tenants t using (tenant_id);

-- The sizes of the log whose checkpoints a key signs: the first, and the first that it does not.
alter table tenants.log_keys add column signs_from bigint not null default 0;
alter table tenants.log_keys add column signs_until bigint;
alter table tenants.log_keys add constraint log_keys_sizes
    check (signs_from >= 0 and (signs_until is null or signs_until >= signs_from));
alter table tenants.log_keys add constraint log_keys_ended
    check ((state = 'active') = (signs_until is null));
grant update (state, signs_until) on tenants.log_keys to gw_tenants;

create or replace view tenants.snapshot_log_keys as
    select tenant_id, key_id, public_key, sealed, origin, state, signs_from, signs_until
    from tenants.log_keys;
