-- A tenant's decisions lose their bodies once they are past its retention. Their hashes stay, and
-- with them the tree and every checkpoint.

-- What has a body to lose and may: nothing but decisions, by the bound tenant's log, whose day lies
-- more than `days` back; so many entries are looked at, from `first` on and below `below`. Answers
-- where to go on, how many entries were looked at, and how many bodies went.
--
-- Time is the transaction's beginning, less an hour: a change of the retention that was not seen
-- yet cannot have been appended before that, so the log's own times explain whatever is missing.
create function journal.forget(
        first bigint, first_day date, below bigint, days integer, most integer,
        out next bigint, out next_day date, out seen bigint, out forgotten bigint)
    language plpgsql volatile
    security definer set search_path = pg_catalog, pg_temp
as $$
declare
    tenant constant uuid := gw.current_tenant();
    horizon constant date := ((now() - interval '1 hour') at time zone 'UTC')::date - days;
begin
    -- A caller's key stands for 24 hours: within a day its decision may have to be told again.
    if days is null or days < 1 then
        raise exception 'journal.forget keeps bodies for a day at least, not %', days
            using errcode = 'invalid_parameter_value';
    end if;
    with old as materialized (
        select e.idx, e.day, e.kind
            from journal.entries e
            where e.tenant_id = tenant
                and e.idx >= first and e.idx < below
                and e.day >= first_day and e.day < horizon
            order by e.idx, e.day
            limit most),
    gone as (
        update journal.entries e set body = null
            from old
            where e.tenant_id = tenant and e.idx = old.idx and e.day = old.day
                and e.day >= first_day and e.day < horizon
                and old.kind = 'check.decided.v1' and not e.moves_epoch
                and e.body is not null
            returning 1)
    select max(old.idx) + 1, max(old.day), count(*), (select count(*) from gone)
        into next, next_day, seen, forgotten
        from old;
    next := coalesce(next, first);
    next_day := coalesce(next_day, first_day);
end $$;

-- Nobody's own right: it is the function's, which can do no more than the above.
grant select (tenant_id, idx, day, kind, moves_epoch, body), update (body)
    on journal.entries to gw_log;
revoke execute on function journal.forget(bigint, date, bigint, integer, integer) from public;
grant execute on function journal.forget(bigint, date, bigint, integer, integer) to gw_audit;
grant create on schema journal to gw_log;
alter function journal.forget(bigint, date, bigint, integer, integer) owner to gw_log;
revoke create on schema journal from gw_log;
