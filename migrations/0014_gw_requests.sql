-- Requests that carried an `Idempotency-Key` and were answered: what a repetition is answered with.

-- A row is written in the transaction that did what the request asked for, as its last statement,
-- so it says exactly that this was done. While that transaction runs, an advisory lock of the same
-- caller and key keeps a twin waiting.
create table gw.requests (
    tenant_id   uuid not null,                   -- whose key called; tenant zero for the platform's
    id          uuid not null,
    caller      text not null constraint requests_caller check (caller <> ''),
    key_sha256  bytea not null constraint requests_key check (octet_length(key_sha256) = 32),
    fingerprint bytea not null constraint requests_fingerprint check (octet_length(fingerprint) = 32),
    sealed      bytea not null,                  -- the answer, which may hold what is shown once
    created_at  timestamptz not null,
    primary key (tenant_id, id),
    constraint requests_once unique (tenant_id, caller, key_sha256)
);
call gw.wall_off('gw.requests');
alter table gw.requests alter column sealed set storage external;
create index requests_by_age on gw.requests (tenant_id, created_at);

-- `for update skip locked` is refused without the right to update something.
grant select, insert, delete, update (tenant_id) on gw.requests to
    gw_tenants, gw_gates, gw_capabilities;
