-- A transaction that says in its own rows which positions of the log a key may sign has to know
-- them before it appends.

-- Takes the bound tenant's head and answers the position that the next entry will have. Until the
-- transaction ends nobody else appends, so it belongs just before the writes that need it.
create function journal.next_position() returns bigint
    language plpgsql volatile
    security definer set search_path = pg_catalog, pg_temp
as $$
declare
    tenant constant uuid := gw.current_tenant();
begin
    -- Under any other level the read below would see the log as it was before the lock.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'journal.next_position needs READ COMMITTED, not %',
            current_setting('transaction_isolation')
            using errcode = 'invalid_transaction_state';
    end if;
    perform from journal.heads h where h.tenant_id = tenant for update;
    if not found then
        insert into journal.heads (tenant_id) values (tenant) on conflict do nothing;
        perform from journal.heads h where h.tenant_id = tenant for update;
    end if;
    return coalesce(
        (select b.size from journal.batches b
             where b.tenant_id = tenant
             order by b.prev desc
             limit 1),
        0);
end $$;

revoke execute on function journal.next_position() from public;
grant execute on function journal.next_position() to gw_tenants, gw_gates;
grant create on schema journal to gw_log;
alter function journal.next_position() owner to gw_log;
revoke create on schema journal from gw_log;
