-- How far each tenant's log has been looked through for bodies that are past its retention.

create table audit.retention (
    tenant_id uuid primary key,
    next      bigint not null default 0 check (next >= 0),  -- every entry below it is done with
    day       date not null default date '2000-01-01',      -- of the newest of them
    looked_at timestamptz                                   -- when there was nothing left to do
);
call gw.wall_off('audit.retention');
-- Whoever forgets looks whose turn it is; a tenant is bound to forget its own.
create policy platform on audit.retention for select to gw_audit
    using (current_setting('gw.platform', true) = 'on');
grant select, insert, update on audit.retention to gw_audit;
