-- Every right that the roles have been given, one a line: role, right, what on.
select r.rolname || ' ' || lower(acl.privilege_type) || ' ' || object as "right!"
from (
    select 'schema ' || n.nspname as object, n.nspacl as acls
        from pg_namespace n where n.nspname not like 'pg\_%'
    union all
    select c.oid::regclass::text, c.relacl
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname not like 'pg\_%' and n.nspname <> 'information_schema' and not c.relispartition
    union all
    select c.oid::regclass || '.' || a.attname, a.attacl
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname not like 'pg\_%' and n.nspname <> 'information_schema' and not c.relispartition
          and not a.attisdropped
    union all
    select p.oid::regprocedure::text, p.proacl
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname not like 'pg\_%' and n.nspname <> 'information_schema'
) as given
cross join lateral aclexplode(acls) as acl
join pg_roles r on r.oid = acl.grantee
where r.rolname = any ($1)
order by 1
