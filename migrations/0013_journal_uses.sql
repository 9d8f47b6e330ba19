-- Idempotency keys of checks: what they were given for, what their callers were told, and for how
-- long they stand.

alter table journal.uses
    add column fingerprint bytea not null,       -- of what was asked
    add column expires_at timestamptz not null,  -- by the batches' clock; free again from then on
    add column told bytea not null,              -- what the caller heard besides the record
    add constraint uses_fingerprint check (octet_length(fingerprint) = 32);
alter table journal.uses alter column told set storage external;

-- What has expired goes with the tenant's next keys, the oldest first.
create index uses_by_expiry on journal.uses (tenant_id, expires_at);

grant update, delete on journal.uses to gw_journal;
