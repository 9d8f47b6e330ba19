-- What is sealed under a tenant's data key is sealed anew by the service that it belongs to.
grant update (sealed) on gates.keypairs to gw_gates;
grant update (sealed) on capabilities.root_keys to gw_capabilities;
-- Answers of repeated requests belong to every service; one of them does it for all.
grant update (sealed) on gw.requests to gw_tenants;
