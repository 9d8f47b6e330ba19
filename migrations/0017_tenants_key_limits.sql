-- How many checks a key may ask for in a minute; null where only the installation's default holds.
alter table tenants.api_keys add column checks_per_minute integer
    constraint api_keys_checks_per_minute check (checks_per_minute between 1 and 10000000);

create or replace view tenants.published_keys as
    select k.tenant_id, k.key_id, k.secret_sha256, k.scopes, k.gates, k.expires_at, k.revoked_at,
           k.operator_id, k.kind, t.state as tenant_state, k.previous_sha256, k.previous_until,
           k.checks_per_minute
    from tenants.api_keys k
    join tenants.tenants t using (tenant_id);
