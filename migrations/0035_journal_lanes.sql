-- The lanes' policies read their list of tenants as one array, once a statement. The cast stood
-- outside the subselect, so that the text was parsed again for every row that was written.
do $$
declare tbl text;
begin
    foreach tbl in array
        array['heads', 'batches', 'entries', 'counters', 'uses', 'acknowledgements']
    loop
        execute format(
            'alter policy lanes on journal.%I
                 using (tenant_id = any (
                     (select (current_setting(''gw.tenants''))::uuid[])::uuid[]))', tbl);
    end loop;
    foreach tbl in array array['heads', 'batches', 'entries', 'counters', 'uses'] loop
        execute format(
            'alter policy lanes on journal.%I
                 with check (tenant_id = any (
                     (select (current_setting(''gw.tenants''))::uuid[])::uuid[]))', tbl);
    end loop;
end $$;
