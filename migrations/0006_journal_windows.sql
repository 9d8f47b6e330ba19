-- Budgets that come back, and transactions that must know the epoch before they append.

-- When a counter's window began; null where what is used does not come back.
alter table journal.counters add column since timestamptz;

-- Takes the bound tenant's head and answers its epoch: nothing moves it until the transaction ends.
-- For what compares itself with the epoch at which it becomes true. It comes before the rows that
-- it is about, in every transaction that uses it, so that two of them never wait for one another.
create function journal.hold() returns bigint
    language plpgsql volatile
    security definer set search_path = pg_catalog, pg_temp
as $$
declare
    tenant constant uuid := gw.current_tenant();
    epoch_ bigint;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'journal.hold needs READ COMMITTED, not %',
            current_setting('transaction_isolation')
            using errcode = 'invalid_transaction_state';
    end if;
    -- The lock has a statement of its own: a statement's snapshot is older than what it waits for.
    perform from journal.heads h where h.tenant_id = tenant for update;
    if not found then
        insert into journal.heads (tenant_id) values (tenant) on conflict do nothing;
        perform from journal.heads h where h.tenant_id = tenant for update;
    end if;
    select b.epoch into epoch_
        from journal.batches b
        where b.tenant_id = tenant
        order by b.prev desc
        limit 1;
    return coalesce(epoch_, 0);
end $$;

revoke execute on function journal.hold() from public;
grant execute on function journal.hold() to gw_capabilities;
grant create on schema journal to gw_log;
alter function journal.hold() owner to gw_log;
revoke create on schema journal from gw_log;
