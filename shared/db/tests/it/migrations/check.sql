do $$
declare
    tbl regclass;
begin
    for tbl in
        select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('gw', 'tenants', 'gates', 'capabilities', 'journal')
          and c.relkind in ('r', 'p', 'v') and not c.relispartition
    loop
        execute format('select count(*) from (select from %s limit 10) as few', tbl);
    end loop;
    perform journal.append(array[
        row (gen_random_uuid(), 'probe.v1', null, false, '{}')::journal.new_entry]);
    insert into journal.counters (tenant_id, key, used) values (gw.current_tenant(), 'calls:1', 1)
        on conflict (tenant_id, key) do update set used = journal.counters.used + 1;
    insert into journal.uses (tenant_id, key, idx, fingerprint, expires_at, told)
        values (gw.current_tenant(), gen_random_uuid()::text, 1, sha256('x'), now(), '{}')
        on conflict do nothing;
end $$;
