-- What has been taken, for whoever asks what would be decided: read as it stands, under no lock.

create or replace view journal.published_counters as
    select tenant_id, key, used, since from journal.counters;
create view journal.published_uses as
    select tenant_id, key, idx, fingerprint, expires_at, told from journal.uses;
grant select on journal.uses to gw_publisher;
grant create on schema journal to gw_publisher;
alter view journal.published_uses owner to gw_publisher;
revoke create on schema journal from gw_publisher;
grant select on journal.published_uses to gw_check;
