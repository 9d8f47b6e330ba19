-- The log: a tenant's one point of truth. Everything that becomes true for a tenant is an entry,
-- appended under the lock of the tenant's head, in the transaction that makes it true.

create schema journal;
grant usage on schema journal to
    gw_publisher, gw_log, gw_journal, gw_tenants, gw_gates, gw_capabilities, gw_check;

-- Only locked, never updated: a row that is updated per batch decays under any old snapshot.
create table journal.heads (
    tenant_id uuid primary key
);

-- Append-only; the newest row is the state. Two appends at one size cannot both commit.
create table journal.batches (
    tenant_id uuid not null,
    prev bigint not null check (prev >= 0),      -- log size before
    size bigint not null,                        -- log size after
    epoch bigint not null,                       -- epoch after
    at timestamptz not null,                     -- the batch's one clock; never goes back
    frontier bytea not null,                     -- compact Merkle range of `size` leaves
    checkpoint text,                             -- signed note; null for an administrative batch
    primary key (tenant_id, prev),
    constraint batches_grow check (size > prev),
    constraint batches_epoch check (epoch between 0 and size),
    constraint batches_frontier check (octet_length(frontier) = 32 * bit_count(size::bit(64)))
);

-- The leaves. Positions are unique by `batches`; `day` is the UTC date of the batch's `at`.
create table journal.entries (
    tenant_id uuid not null,
    idx bigint not null check (idx >= 0),
    day date not null,
    id uuid not null,
    kind text not null check (kind <> ''),
    gate_id uuid,
    moves_epoch boolean not null,
    hash bytea not null check (octet_length(hash) = 32),
    body bytea check (octet_length(body) between 2 and 60000),   -- null once past its retention
    signature bytea check (octet_length(signature) = 64),
    primary key (tenant_id, idx, day)
) partition by range (day);
alter table journal.entries alter column body set storage external;
create index entries_by_id on journal.entries (tenant_id, id);
create index entries_by_gate on journal.entries (tenant_id, gate_id, idx)
    where gate_id is not null;
create index entries_by_epoch on journal.entries (tenant_id, idx) where moves_epoch;

-- What has been spent of each budget.
create table journal.counters (
    tenant_id uuid not null,
    key text not null,
    used bigint not null check (used >= 0),
    primary key (tenant_id, key)
) with (fillfactor = 70);

-- What can be taken once, and the position of the entry that took it.
create table journal.uses (
    tenant_id uuid not null,
    key text not null,
    idx bigint not null,
    primary key (tenant_id, key)
);

call gw.wall_off('journal.heads');
call gw.wall_off('journal.batches');
call gw.wall_off('journal.entries');
call gw.wall_off('journal.counters');
call gw.wall_off('journal.uses');

-- The check path's batches span tenants: those whose keys have been verified, and no other. The
-- scalar subselect is evaluated once a statement, not once a row.
do $$
declare tbl text;
begin
    foreach tbl in array array['heads', 'batches', 'entries', 'counters', 'uses'] loop
        execute format(
            'create policy lanes on journal.%I to gw_journal
                 using (tenant_id = any ((select current_setting(''gw.tenants''))::uuid[]))
                 with check (tenant_id = any ((select current_setting(''gw.tenants''))::uuid[]))',
            tbl);
    end loop;
    foreach tbl in array array['heads', 'batches', 'entries'] loop
        execute format(
            'create policy append on journal.%I to gw_log
                 using (tenant_id = (select gw.current_tenant()))
                 with check (tenant_id = (select gw.current_tenant()))',
            tbl);
    end loop;
end $$;

-- `for update` is refused without the right to update something.
grant select, insert, update (tenant_id) on journal.heads to gw_log, gw_journal;
grant select, insert on journal.batches to gw_log, gw_journal;
grant insert on journal.entries to gw_log;
grant select, insert on journal.entries to gw_journal;
grant select, insert, update on journal.counters to gw_journal;
grant select, insert on journal.uses to gw_journal;

create type journal.new_entry as (
    id uuid,
    kind text,
    gate_id uuid,
    moves_epoch boolean,
    body bytea
);

-- Appends entries to the bound tenant's log and answers the epoch after them. The last statement
-- of an administrative transaction, and the only way for one to write the log.
create function journal.append(entries journal.new_entry[]) returns bigint
    language plpgsql volatile
    security definer set search_path = pg_catalog, pg_temp
as $$
declare
    tenant constant uuid := gw.current_tenant();
    newest record;
    entry journal.new_entry;
    position_ bigint := 0;
    epoch_ bigint := 0;
    frontier_ bytea := '';
    at_ timestamptz;
    leaf bytea;
    node bytea;
    remaining bigint;
begin
    -- Under any other level the reads below would see the log as it was before the lock.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'journal.append needs READ COMMITTED, not %',
            current_setting('transaction_isolation')
            using errcode = 'invalid_transaction_state';
    end if;
    if coalesce(array_length(entries, 1), 0) = 0 then
        raise exception 'journal.append was given no entries'
            using errcode = 'invalid_parameter_value';
    end if;

    -- The lock has a statement of its own: a statement's snapshot is older than what it waits for.
    perform from journal.heads h where h.tenant_id = tenant for update;
    if not found then
        insert into journal.heads (tenant_id) values (tenant) on conflict do nothing;
        perform from journal.heads h where h.tenant_id = tenant for update;
    end if;

    select b.size, b.epoch, b.at, b.frontier into newest
        from journal.batches b
        where b.tenant_id = tenant
        order by b.prev desc
        limit 1;
    at_ := clock_timestamp();
    if found then
        position_ := newest.size;
        epoch_ := newest.epoch;
        frontier_ := newest.frontier;
        at_ := greatest(at_, newest.at);
    end if;

    foreach entry in array entries loop
        leaf := sha256('\x00'::bytea || entry.body);
        insert into journal.entries
                (tenant_id, idx, day, id, kind, gate_id, moves_epoch, hash, body)
            values
                (tenant, position_, (at_ at time zone 'UTC')::date, entry.id, entry.kind,
                 entry.gate_id, entry.moves_epoch, leaf, entry.body);

        -- RFC 6962 section 2.1: each trailing one bit of the size is a full subtree that the new
        -- leaf completes; the smallest stands last.
        node := leaf;
        remaining := position_;
        while remaining & 1 = 1 loop
            node := sha256('\x01'::bytea || substr(frontier_, octet_length(frontier_) - 31) || node);
            frontier_ := substr(frontier_, 1, octet_length(frontier_) - 32);
            remaining := remaining >> 1;
        end loop;
        frontier_ := frontier_ || node;

        position_ := position_ + 1;
        if entry.moves_epoch then
            epoch_ := position_;
        end if;
    end loop;

    insert into journal.batches (tenant_id, prev, size, epoch, at, frontier)
        values (tenant, position_ - array_length(entries, 1), position_, epoch_, at_, frontier_);
    return epoch_;
end $$;

-- The bound tenant's epoch as this statement sees it; zero for a log that has not begun.
create function journal.epoch() returns bigint
    language sql stable
    security definer set search_path = pg_catalog, pg_temp
    return coalesce(
        (select b.epoch from journal.batches b
             where b.tenant_id = gw.current_tenant()
             order by b.prev desc
             limit 1),
        0);

-- Makes the partitions from yesterday's to the one `ahead` days after today's, and answers how
-- many were missing. They are attached: `create ... partition of` would lock out the appends.
create function journal.ensure_days(ahead integer) returns integer
    language plpgsql volatile
    security definer set search_path = pg_catalog, pg_temp
as $$
declare
    today constant date := (clock_timestamp() at time zone 'UTC')::date;
    wanted date;
    part text;
    made integer := 0;
begin
    if ahead not between 0 and 366 then
        raise exception 'journal.ensure_days makes 0 to 366 days ahead, not %', ahead
            using errcode = 'invalid_parameter_value';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('journal.ensure_days', 0));
    for wanted in select today + n from generate_series(-1, ahead) as n loop
        part := 'entries_' || to_char(wanted, 'YYYYMMDD');
        continue when to_regclass(format('journal.%I', part)) is not null;
        execute format('create table journal.%I (like journal.entries including all)', part);
        execute format(
            'alter table journal.entries attach partition journal.%I for values from (%L) to (%L)',
            part, wanted, wanted + 1);
        made := made + 1;
    end loop;
    return made;
end $$;

revoke execute on function journal.append(journal.new_entry[]) from public;
revoke execute on function journal.epoch() from public;
revoke execute on function journal.ensure_days(integer) from public;
grant execute on function journal.append(journal.new_entry[]) to
    gw_tenants, gw_gates, gw_capabilities, gw_check;
grant execute on function journal.epoch() to gw_tenants, gw_gates, gw_capabilities, gw_check;
grant execute on function journal.ensure_days(integer) to gw_journal;

-- `ensure_days` stays with the tables' owner, who alone may attach.
grant create on schema journal to gw_log;
alter function journal.append(journal.new_entry[]) owner to gw_log;
alter function journal.epoch() owner to gw_log;
revoke create on schema journal from gw_log;

create view journal.published_entries as
    select tenant_id, idx, day, id, kind, gate_id, moves_epoch, hash, body, signature
    from journal.entries;
create view journal.published_batches as
    select tenant_id, prev, size, epoch, at, frontier, checkpoint
    from journal.batches;
grant select on journal.entries, journal.batches to gw_publisher;
grant create on schema journal to gw_publisher;
alter view journal.published_entries owner to gw_publisher;
alter view journal.published_batches owner to gw_publisher;
revoke create on schema journal from gw_publisher;
grant select on journal.published_entries, journal.published_batches to gw_check;

select journal.ensure_days(7);
