-- Fifty tenants: keys, gates, revocations, repeated requests, and a log of two thousand entries.
do $$
declare
    tenant uuid;
    gate uuid;
begin
    for n in 1..50 loop
        tenant := format('70000000-0000-7000-8000-%s', lpad(n::text, 12, '0'));
        gate := gen_random_uuid();
        perform set_config('gw.tenant_id', tenant::text, true);
        insert into tenants.tenants (tenant_id, name, created_by_kind, created_by_id, created_at, updated_at)
            values (tenant, 'Tenant ' || n, 'platform', 'ak_first', now(), now());
        insert into tenants.data_keys (tenant_id, sealed, created_at) values (tenant, '\x00', now());
        insert into tenants.log_keys (tenant_id, key_id, origin, public_key, sealed, created_at)
            values (tenant, gen_random_uuid(), 'log/' || n, decode(repeat('ab', 32), 'hex'), '\x00', now());
        insert into tenants.operators
            (tenant_id, operator_id, name, mail, roles, created_by_kind, created_by_id, created_at, updated_at)
            values (tenant, gen_random_uuid(), 'Operator', 'a@b.example', '{owner}', 'platform', 'ak_first', now(), now());
        insert into tenants.api_keys
            (tenant_id, key_id, kind, name, prefix, secret_sha256, scopes, created_by_kind, created_by_id, created_at, updated_at)
            select tenant, gen_random_uuid(), 'machine', 'Key ' || k, 'gw_', decode(repeat('ab', 32), 'hex'), '{*}',
                   'platform', 'ak_first', now(), now()
            from generate_series(1, 20) as k;
        insert into gates.gates
            (id, name, profile, mode, signing, is_discoverable, state, created_at, updated_at, created_by_kind, created_by_id)
            values (gate, 'Gate', 'L1', 'enforce', 'each', false, 'active', now(), now(), 'machine', 'ak_first');
        insert into gates.keypairs (id, gate_id, state, public_key, sealed, created_at)
            values (gen_random_uuid(), gate, 'active', decode(repeat('ab', 32), 'hex'), '\x00', now());
        insert into capabilities.revocations
            (kind, selected, id, revocation_id, revoked_at, revoked_by_kind, revoked_by_id)
            select 'jti', 'jti-' || r, gen_random_uuid(), gen_random_uuid(), now(), 'machine', 'ak_first'
            from generate_series(1, 40) as r;
        insert into gw.requests (id, caller, key_sha256, fingerprint, sealed, created_at)
            select gen_random_uuid(), 'ak_first', sha256(r::text::bytea), sha256('x'), '\x00', now()
            from generate_series(1, 20) as r;
        insert into journal.counters (tenant_id, key, used)
            select tenant, 'calls:' || c, c from generate_series(1, 40) as c;
        perform journal.append(array(
            select row (gen_random_uuid(), 'probe.v1', gate, false, '{}')::journal.new_entry
            from generate_series(1, 40)));
    end loop;
end $$;
