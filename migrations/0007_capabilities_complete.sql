-- Statements, root keys that rotate, and revocations by more than one token's id.

-- The key that signs statements beside a root key: published, and named by the same id. A key that
-- was rotated away is accepted until its overlap ends.
alter table capabilities.root_keys
    add column statement_public bytea constraint root_keys_statement_public
        check (octet_length(statement_public) = 32),
    add column statement_sealed bytea,
    add column accepted_until timestamptz,
    add constraint root_keys_statement
        check ((statement_public is null) = (statement_sealed is null)),
    add constraint root_keys_end check ((state = 'active') = (accepted_until is null));
grant update (state, accepted_until, statement_public, statement_sealed)
    on capabilities.root_keys to gw_capabilities;

drop view capabilities.snapshot_root_keys;
drop view capabilities.snapshot_revocations;

-- One row for each thing that is refused. What was revoked together has one `revocation_id`, which
-- the entry in the log has too.
alter table capabilities.revocations rename column jti to selected;
alter table capabilities.revocations
    drop constraint revocations_pkey,
    drop constraint revocations_id_key,
    drop constraint revocations_jti_check,
    add constraint revocations_selected check (octet_length(selected) between 1 and 512),
    add column kind text not null default 'jti' constraint revocations_kind
        check (kind in ('jti', 'root', 'subject', 'hop')),
    add column revocation_id uuid,
    -- Of an agent: what was minted at this epoch or before is refused.
    add column until_epoch bigint,
    -- When what is refused has ended by itself; null where that is not known.
    add column expires_at timestamptz;
-- The forced policy would hide every row from whoever migrates.
alter table capabilities.revocations no force row level security;
update capabilities.revocations set revocation_id = id;
alter table capabilities.revocations force row level security;
alter table capabilities.revocations
    alter column kind drop default,
    alter column revocation_id set not null,
    add constraint revocations_pkey primary key (tenant_id, id),
    add constraint revocations_epoch check ((kind = 'subject') = (until_epoch is not null));
-- Again is the first time, except of an agent, which may have been given something since.
create unique index revocations_once on capabilities.revocations (tenant_id, kind, selected)
    where kind <> 'subject';
create index revocations_together on capabilities.revocations (tenant_id, revocation_id);
create index revocations_ending on capabilities.revocations (tenant_id, expires_at)
    where expires_at is not null;
grant delete on capabilities.revocations to gw_capabilities;

-- When capabilities end by themselves: not the tokens, which are kept nowhere.
create table capabilities.endings (
    tenant_id  uuid not null,
    jti        text not null check (octet_length(jti) between 1 and 256),
    expires_at timestamptz not null,
    constraint endings_pkey primary key (tenant_id, jti)
);
call gw.wall_off('capabilities.endings');
create index endings_by_time on capabilities.endings (tenant_id, expires_at);
grant select, insert, update, delete on capabilities.endings to gw_capabilities;

create view capabilities.snapshot_root_keys as
    select tenant_id, id as key_id, state, sealed, statement_public, accepted_until
    from capabilities.root_keys;
create view capabilities.snapshot_revocations as
    select tenant_id, revocation_id, kind, selected, until_epoch from capabilities.revocations;
grant create on schema capabilities to gw_publisher;
alter view capabilities.snapshot_root_keys owner to gw_publisher;
alter view capabilities.snapshot_revocations owner to gw_publisher;
revoke create on schema capabilities from gw_publisher;
grant select on capabilities.snapshot_root_keys, capabilities.snapshot_revocations to gw_check;
