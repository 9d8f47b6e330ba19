-- A log that lost entries in a fail-over goes on once an operator has said so.

-- When that was said, and the position of the entry that says it. Newest first is what a replica
-- compares: what it knew from before the newest of these is of a history that is gone.
create table journal.acknowledgements (
    tenant_id uuid not null,
    at timestamptz not null,
    idx bigint not null check (idx > 0),
    primary key (tenant_id, at)
);
call gw.wall_off('journal.acknowledgements');
create policy lanes on journal.acknowledgements to gw_journal
    using (tenant_id = any ((select current_setting('gw.tenants'))::uuid[]))
    with check (tenant_id = any ((select current_setting('gw.tenants'))::uuid[]));
create policy append on journal.acknowledgements to gw_log
    using (tenant_id = (select gw.current_tenant()))
    with check (tenant_id = (select gw.current_tenant()));
grant select on journal.acknowledgements to gw_journal;
grant select, insert on journal.acknowledgements to gw_log;

-- Takes the bound tenant's head, notes that its log goes on from here, and answers the position
-- that the next entry will have: the one that says so, appended before the transaction ends.
create function journal.acknowledge_loss() returns bigint
    language plpgsql volatile
    security definer set search_path = pg_catalog, pg_temp
as $$
declare
    tenant constant uuid := gw.current_tenant();
    newest record;
begin
    -- Under any other level the read below would see the log as it was before the lock.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'journal.acknowledge_loss needs READ COMMITTED, not %',
            current_setting('transaction_isolation')
            using errcode = 'invalid_transaction_state';
    end if;
    perform from journal.heads h where h.tenant_id = tenant for update;
    select b.size, b.at into newest
        from journal.batches b
        where b.tenant_id = tenant
        order by b.prev desc
        limit 1;
    if not found then
        raise exception 'a log that has not begun has lost nothing'
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    insert into journal.acknowledgements (tenant_id, at, idx)
        values (tenant, greatest(clock_timestamp(), newest.at), newest.size);
    return newest.size;
end $$;

revoke execute on function journal.acknowledge_loss() from public;
grant execute on function journal.acknowledge_loss() to gw_tenants;
grant create on schema journal to gw_log, gw_publisher;
alter function journal.acknowledge_loss() owner to gw_log;
create view journal.published_acknowledgements as
    select tenant_id, at, idx from journal.acknowledgements;
grant select on journal.acknowledgements to gw_publisher;
alter view journal.published_acknowledgements owner to gw_publisher;
revoke create on schema journal from gw_log, gw_publisher;
grant select on journal.published_acknowledgements to gw_check;
