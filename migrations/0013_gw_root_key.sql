-- The installation's root key is replaced by sealing every data key anew; from then on the
-- installation names the new one.
grant update (root_key_fingerprint) on gw.installation to gw_tenants;
-- Who re-seals a tenant's capability keys under a new data key is their owner.
grant update (sealed) on capabilities.root_keys to gw_capabilities;
