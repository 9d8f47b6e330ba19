-- The root key is replaced: when every data key is sealed under the new one, this installation is
-- the new one's. Nothing else of the row ever changes.
grant update (root_key_fingerprint) on gw.installation to gw_tenants;
