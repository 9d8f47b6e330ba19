-- A batch that goes on where the lane left the log, in one message: it is settled beforehand on the
-- head as it was left, and written only if the head is still so.

-- Writes a batch of the tenant's behind the log that is known by its size, epoch and frontier, and by
-- its newest acknowledgement of lost entries. Under the head's lock it looks whether that is still the
-- log, and whether everything is halted; if not, or if somebody holds the head, nothing is written.
-- Answers how many entries and batches were written, and the log's epoch if it was read.
--
-- It is a transaction of its own: whoever hears its answer takes it for committed.
--
-- Whoever calls it has the rights to do all this by hand, and no others; so names are the caller's own
-- business, and a search path of the function's would only cost.
create function journal.resume(
        tenant uuid,
        known_size bigint, known_epoch bigint, known_frontier bytea, known_acknowledged timestamptz,
        ids uuid[], kinds text[], gates uuid[], moves_epoch boolean[],
        hashes bytea[], bodies bytea[], signatures bytea[],
        new_size bigint, new_epoch bigint, new_frontier bytea, new_checkpoint text,
        new_tally jsonb,
        out entries bigint, out batches bigint, out found_epoch bigint)
    language plpgsql volatile
as $$
declare
    newest record;
    at_ timestamptz;
begin
    entries := 0;
    batches := 0;
    -- Under any other level the reads below would see the log as it was before the lock.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'journal.resume needs READ COMMITTED, not %',
            current_setting('transaction_isolation')
            using errcode = 'invalid_transaction_state';
    end if;
    -- Every transaction of a lane's says so as soon as it has begun.
    if coalesce(current_setting('gw.tenants', true), '') <> '' then
        raise exception 'journal.resume is a transaction of its own'
            using errcode = 'active_sql_transaction';
    end if;
    perform set_config('gw.tenants', '{' || tenant::text || '}', true);

    -- The lock has a statement of its own: a statement's snapshot is older than what it waits for.
    perform from journal.heads h where h.tenant_id = tenant for update skip locked;
    if not found then
        return;
    end if;
    select b.size, b.epoch, b.frontier, b.at,
            (select a.at from journal.acknowledgements a
                where a.tenant_id = tenant order by a.at desc limit 1) as acknowledged,
            (select h.engaged from journal.halt h where h.only_row) as halted
        into newest
        from journal.batches b
        where b.tenant_id = tenant
        order by b.prev desc
        limit 1;
    found_epoch := newest.epoch;
    if (newest.size, newest.epoch, newest.frontier, newest.acknowledged, newest.halted)
            is distinct from
            (known_size, known_epoch, known_frontier, known_acknowledged, false) then
        return;
    end if;

    at_ := greatest(clock_timestamp(), newest.at);
    insert into journal.entries
            (tenant_id, idx, day, id, kind, gate_id, moves_epoch, hash, body, signature)
        select tenant, generate_series(known_size, new_size - 1), (at_ at time zone 'UTC')::date,
            unnest(ids), unnest(kinds), unnest(gates), unnest(moves_epoch),
            unnest(hashes), unnest(bodies), unnest(signatures);
    get diagnostics entries = row_count;
    insert into journal.batches (tenant_id, prev, size, epoch, at, frontier, checkpoint, tally)
        values (tenant, known_size, new_size, new_epoch, at_, new_frontier, new_checkpoint,
            new_tally);
    get diagnostics batches = row_count;
end $$;

revoke execute on function journal.resume(
    uuid, bigint, bigint, bytea, timestamptz, uuid[], text[], uuid[], boolean[],
    bytea[], bytea[], bytea[], bigint, bigint, bytea, text, jsonb) from public;
grant execute on function journal.resume(
    uuid, bigint, bigint, bytea, timestamptz, uuid[], text[], uuid[], boolean[],
    bytea[], bytea[], bytea[], bigint, bigint, bytea, text, jsonb) to gw_journal;
