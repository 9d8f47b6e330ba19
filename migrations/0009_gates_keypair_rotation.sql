-- Gates' key pairs are replaced and retired. Where a successor signs is a position, exact; until
-- when what was replaced counts as retiring is a moment, and needs nobody to wake up for it.

alter table gates.keypairs add column retires_at timestamptz;
alter table gates.keypairs add constraint keypairs_positions
    check (signs_from >= 0 and (signs_until is null or signs_until >= signs_from));
alter table gates.keypairs add constraint keypairs_ended
    check ((state = 'active') = (signs_until is null));
grant update (state, signs_until, retires_at) on gates.keypairs to gw_gates;
