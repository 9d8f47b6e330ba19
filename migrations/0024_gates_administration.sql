-- Gates are changed, archived and restored. Owned by the service gw_gates.

alter table gates.gates add column archived_at timestamptz;
alter table gates.gates add constraint gates_archived
    check (archived_at is null or state = 'archived') not valid;
grant update (name, description, profile, mode, signing, is_discoverable, state, archived_at,
    updated_at) on gates.gates to gw_gates;
