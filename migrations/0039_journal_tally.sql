-- What the decisions of a batch count as, so that whoever counts them reads no records: a list of
-- `{"gate": uuid, "decision": text, "caller": text, "count": number}`. Null where there is none:
-- of administrative batches, and of those that a release before this one wrote.
alter table journal.batches add column tally jsonb;

create or replace view journal.published_batches as
    select tenant_id, prev, size, epoch, at, frontier, checkpoint, tally
    from journal.batches;
