-- One way to take a tenant's head ahead of the append: it answers all that a transaction can want
-- to know of the log before it writes.

drop function journal.hold();
drop function journal.next_position();

-- Takes the bound tenant's head, and answers its epoch and the position that the next entry will
-- have. Nothing moves either until the transaction ends.
create function journal.hold(out epoch bigint, out next_position bigint)
    language plpgsql volatile
    security definer set search_path = pg_catalog, pg_temp
as $$
declare
    tenant constant uuid := gw.current_tenant();
begin
    -- Under any other level the read below would see the log as it was before the lock.
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
    select b.epoch, b.size into epoch, next_position
        from journal.batches b
        where b.tenant_id = tenant
        order by b.prev desc
        limit 1;
    epoch := coalesce(epoch, 0);
    next_position := coalesce(next_position, 0);
end $$;

revoke execute on function journal.hold() from public;
-- The check service appends counts of refused requests. Where it could not see whether an append
-- had committed, it takes the head, behind which every earlier one has ended, and looks first.
grant execute on function journal.hold() to gw_tenants, gw_gates, gw_capabilities, gw_check;
grant create on schema journal to gw_log;
alter function journal.hold() owner to gw_log;
revoke create on schema journal from gw_log;
