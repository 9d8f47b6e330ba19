-- The global kill switch, as every batch reads it: one row that belongs to no tenant, so that it
-- acts on the next commit of all of them and waits for nobody's head. Who engaged it and why stands
-- in the platform's log.

create table journal.halt (
    only_row boolean primary key default true check (only_row),
    engaged boolean not null
);
insert into journal.halt (engaged) values (false);
grant select on journal.halt to gw_journal, gw_check;
grant select, update (engaged) on journal.halt to gw_log;

-- Halts every tenant's checks, or lets them be decided again. Only within the platform's own
-- transaction, which appends the fact to its log as its last statement.
create function journal.set_halt(engaged boolean) returns void
    language plpgsql volatile
    security definer set search_path = pg_catalog, pg_temp
as $$
declare
    changed bigint;
begin
    if gw.current_tenant() <> '00000000-0000-0000-0000-000000000000' then
        raise exception 'journal.set_halt is the platform''s'
            using errcode = 'insufficient_privilege';
    end if;
    update journal.halt h set engaged = set_halt.engaged where h.only_row;
    get diagnostics changed = row_count;
    if changed <> 1 then
        raise exception 'journal.halt has lost its row' using errcode = 'data_corrupted';
    end if;
end $$;

revoke execute on function journal.set_halt(boolean) from public;
grant execute on function journal.set_halt(boolean) to gw_tenants;
-- Whoever engages a switch finds out under the head whether it is engaged already.
grant execute on function journal.hold() to gw_tenants;
grant create on schema journal to gw_log;
alter function journal.set_halt(boolean) owner to gw_log;
revoke create on schema journal from gw_log;
