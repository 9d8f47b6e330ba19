-- How far every tenant's log has come, for whoever follows all of them.

create policy sizes on journal.heads for select to gw_log
    using ((select current_setting('gw.sizes', true)) = 'on');
create policy sizes on journal.batches for select to gw_log
    using ((select current_setting('gw.sizes', true)) = 'on');

-- Every log that has begun, and its size: numbers of the platform's, and nothing of what is in it.
-- One step down an index for each; no decision pays for it. What opens the policies is set in the
-- body and not with the function: that would take a superuser to create.
create function journal.sizes() returns table (tenant_id uuid, size bigint)
    language plpgsql volatile
    security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform set_config('gw.sizes', 'on', true);
    return query
        select h.tenant_id, b.size
            from journal.heads h
            cross join lateral (
                select n.size from journal.batches n
                    where n.tenant_id = h.tenant_id
                    order by n.prev desc
                    limit 1) b;
    perform set_config('gw.sizes', 'off', true);
end $$;

revoke execute on function journal.sizes() from public;
grant execute on function journal.sizes() to gw_audit;
grant create on schema journal to gw_log;
alter function journal.sizes() owner to gw_log;
revoke create on schema journal from gw_log;

-- The audit service reads what is published, and says when the platform's staff read of a tenant.
grant usage on schema journal to gw_audit;
grant select on journal.published_entries, journal.published_batches to gw_audit;
grant execute on function journal.append(journal.new_entry[]), journal.epoch() to gw_audit;
