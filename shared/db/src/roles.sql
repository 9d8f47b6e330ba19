-- The database roles. None logs in by itself, none is a superuser, none bypasses row-level security.
do $$
declare
    name text;
begin
    foreach name in array array['gw_app', 'gw_publisher', 'gw_log', 'gw_tenants', 'gw_gates',
                                'gw_capabilities', 'gw_check', 'gw_audit', 'gw_journal'] loop
        begin
            execute format('create role %I nologin', name);
        exception when duplicate_object or unique_violation then
            null;
        end;
    end loop;
end $$;

-- The tenants' wall applies to the group gw_app. Not gw_log and not gw_journal: they have policies
-- of their own, and the group's would be evaluated besides.
grant gw_app to gw_publisher, gw_tenants, gw_gates, gw_capabilities, gw_check, gw_audit;
