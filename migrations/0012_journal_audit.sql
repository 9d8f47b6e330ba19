-- What has been spent of each budget, to be held against what the log says was spent.

create view journal.published_counters as
    select tenant_id, key, used from journal.counters;
grant select on journal.counters to gw_publisher;
grant create on schema journal to gw_publisher;
alter view journal.published_counters owner to gw_publisher;
revoke create on schema journal from gw_publisher;
grant select on journal.published_counters to gw_check;
