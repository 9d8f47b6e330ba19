-- Every key pair that a gate ever had, and the positions that each may sign, for whoever verifies
-- a tenant's log.

create view gates.audit_keypairs as
    select tenant_id, gate_id, id as key_id, public_key, sealed, signs_from, signs_until
    from gates.keypairs;
grant create on schema gates to gw_publisher;
alter view gates.audit_keypairs owner to gw_publisher;
revoke create on schema gates from gw_publisher;
grant select on gates.audit_keypairs to gw_check;
