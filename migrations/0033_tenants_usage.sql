-- Who administers a tenant, to be counted and not to be named; and how many there may be.

create view tenants.usage_operators as
    select tenant_id, operator_id from tenants.operators where state = 'active';
grant select on tenants.operators to gw_publisher;
grant create on schema tenants to gw_publisher;
alter view tenants.usage_operators owner to gw_publisher;
revoke create on schema tenants from gw_publisher;
grant select on tenants.usage_operators, tenants.published_limits to gw_audit;
