-- Counts of refused requests are appended by the check service itself. Where it could not see
-- whether an append had committed, it takes the head, behind which every earlier one has ended,
-- and looks before it appends again.
grant execute on function journal.hold() to gw_check;
