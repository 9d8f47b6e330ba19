-- The lanes' policies read their list of tenants as one array, once a statement. The cast stood
-- outside the subselect, so that the text was parsed again for every row that was written.

alter policy lanes on journal.heads
    using (tenant_id = any ((select (current_setting('gw.tenants'))::uuid[])::uuid[]))
    with check (tenant_id = any ((select (current_setting('gw.tenants'))::uuid[])::uuid[]));
alter policy lanes on journal.batches
    using (tenant_id = any ((select (current_setting('gw.tenants'))::uuid[])::uuid[]))
    with check (tenant_id = any ((select (current_setting('gw.tenants'))::uuid[])::uuid[]));
alter policy lanes on journal.entries
    using (tenant_id = any ((select (current_setting('gw.tenants'))::uuid[])::uuid[]))
    with check (tenant_id = any ((select (current_setting('gw.tenants'))::uuid[])::uuid[]));
alter policy lanes on journal.counters
    using (tenant_id = any ((select (current_setting('gw.tenants'))::uuid[])::uuid[]))
    with check (tenant_id = any ((select (current_setting('gw.tenants'))::uuid[])::uuid[]));
alter policy lanes on journal.uses
    using (tenant_id = any ((select (current_setting('gw.tenants'))::uuid[])::uuid[]))
    with check (tenant_id = any ((select (current_setting('gw.tenants'))::uuid[])::uuid[]));
alter policy lanes on journal.acknowledgements
    using (tenant_id = any ((select (current_setting('gw.tenants'))::uuid[])::uuid[]))
    with check (tenant_id = any ((select (current_setting('gw.tenants'))::uuid[])::uuid[]));
