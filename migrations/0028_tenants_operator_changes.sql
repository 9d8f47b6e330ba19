-- Operators change, are suspended and resumed; what their keys may do follows at once.

alter table tenants.operators add column state text not null default 'active';
alter table tenants.operators add constraint operators_state
    check (state in ('active', 'suspended')) not valid;
alter table tenants.operators add column state_reason text;
grant update (name, mail, roles, state, state_reason, updated_at) on tenants.operators to gw_tenants;
grant select on tenants.operators to gw_publisher;

-- A key of an operator's says what bounds it; both are null of a machine's.
create or replace view tenants.published_keys as
    select k.tenant_id, k.key_id, k.secret_sha256, k.scopes, k.gates, k.expires_at, k.revoked_at,
           k.operator_id, k.kind, t.state as tenant_state, k.previous_sha256, k.previous_until,
           k.checks_per_minute, o.roles as operator_roles, o.state as operator_state
    from tenants.api_keys k
    join tenants.tenants t using (tenant_id)
    left join tenants.operators o
        on o.tenant_id = k.tenant_id and o.operator_id = k.operator_id;
