-- Who administers a tenant, to be counted and not to be named.

create view tenants.usage_operators as
    select tenant_id, operator_id from tenants.operators;
grant select on tenants.operators to gw_publisher;
grant create on schema tenants to gw_publisher;
alter view tenants.usage_operators owner to gw_publisher;
revoke create on schema tenants from gw_publisher;
grant select on tenants.usage_operators to gw_audit;
