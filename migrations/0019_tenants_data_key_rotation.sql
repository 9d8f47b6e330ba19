-- Tenants' data keys are replaced while everybody goes on.

-- While a rotation is under way: which one, and the key that it replaces. What is not sealed anew
-- yet opens under that one. It is sealed under the root key, as the key itself is.
alter table tenants.data_keys
    add column rotation uuid,
    add column previous_sealed bytea,
    add column rotated_at timestamptz,
    add constraint data_keys_rotation check ((rotation is null) = (previous_sealed is null));

-- The key under which checks authenticate what they do not keep. At first it is derived from the
-- data key; a rotation keeps what it was, sealed under the new data key, so that what was written
-- before still compares with what is written afterwards.
alter table tenants.data_keys add column arguments_sealed bytea;

grant update (sealed, rotation, previous_sealed, rotated_at, arguments_sealed) on tenants.data_keys
    to gw_tenants;
grant update (sealed) on tenants.log_keys to gw_tenants;
-- Who replaces the root key looks at every data key; to change one, its tenant is bound still.
create policy platform on tenants.data_keys for select to gw_tenants
    using (current_setting('gw.platform', true) = 'on');

create or replace view tenants.published_data_keys as
    select tenant_id, sealed, previous_sealed from tenants.data_keys;

create view tenants.snapshot_arguments_keys as
    select tenant_id, arguments_sealed from tenants.data_keys where arguments_sealed is not null;
grant create on schema tenants to gw_publisher;
alter view tenants.snapshot_arguments_keys owner to gw_publisher;
revoke create on schema tenants from gw_publisher;
grant select on tenants.snapshot_arguments_keys to gw_check;
