-- Four roles, each with the least that it needs [I45]:
--
--   migrator  owns the schemas of mirror and queue, and runs `rollcall migrate`
--   worker    worker, console and the other commands, and the receiver where the queue lives in Postgres
--   client    an app that uses @rollcall/client: reads and writes what is mirrored
--   reader    an app that only reads: what is mirrored and the views over it
--
-- Run it as an administrator, in the database of the mirror; no superuser is needed, only createrole and create on the
-- database. It may be run again at any time, and is to be after a `migrate` that made new tables, for client and reader:
--
--   psql "$ADMIN_URL" -f infra/postgres/roles.sql
--   psql "$ADMIN_URL" -v schema=mirror -v migrator=mirror_migrator -v worker=… -v client=… -v reader=… -f infra/postgres/roles.sql
--
-- Nobody can sign in as a new role before it has a password: `\password rollcall_worker` in psql, and so on.

\set ON_ERROR_STOP on
\if :{?schema}
\else
\set schema clerk
\endif
\if :{?migrator}
\else
\set migrator rollcall_migrator
\endif
\if :{?worker}
\else
\set worker rollcall_worker
\endif
\if :{?client}
\else
\set client rollcall_client
\endif
\if :{?reader}
\else
\set reader rollcall_reader
\endif

begin;

-- psql puts no variables between dollars.
set local rollcall.schema = :'schema';
set local rollcall.migrator = :'migrator';
set local rollcall.worker = :'worker';
set local rollcall.client = :'client';
set local rollcall.reader = :'reader';

do $$
declare
  mirror   constant text := current_setting('rollcall.schema');
  queue    constant text := mirror || '_queue';
  migrator constant text := current_setting('rollcall.migrator');
  worker   constant text := current_setting('rollcall.worker');
  client   constant text := current_setting('rollcall.client');
  reader   constant text := current_setting('rollcall.reader');
  name     text;
  owner    text;
  relation record;
begin
  foreach name in array array[migrator, worker, client, reader] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I login', name);
    end if;
    execute format('grant connect on database %I to %I', current_database(), name);
  end loop;

  -- An administrator who is no superuser has to be a member of a role to make it the owner of something.
  if migrator <> current_user and not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant %I to current_user', migrator);
  end if;

  foreach name in array array[mirror, queue] loop
    select pg_get_userbyid(nspowner) into owner from pg_namespace where nspname = name;
    if owner is null then
      execute format('create schema %I authorization %I', name, migrator);
    elsif owner <> migrator then
      raise exception 'The schema % belongs to %, not to %.', name, owner, migrator
        using hint = format('Name its owner with -v migrator=%s, or let an administrator run: reassign owned by %I to %I;', owner, owner, migrator);
    end if;
    execute format('revoke all on schema %I from public', name);

    -- What is there, and what later migrations will bring.
    execute format('grant usage on schema %I to %I', name, worker);
    execute format('grant select, insert, update, delete on all tables in schema %I to %I', name, worker);
    execute format('grant usage on all sequences in schema %I to %I', name, worker);
    execute format('alter default privileges for role %I in schema %I grant select, insert, update, delete on tables to %I', migrator, name, worker);
    execute format('alter default privileges for role %I in schema %I grant usage on sequences to %I', migrator, name, worker);
  end loop;

  -- A reconcile notes what it has seen in a temporary table.
  execute format('grant temporary on database %I to %I', current_database(), worker);

  execute format('grant usage on schema %I to %I, %I', mirror, client, reader);
  -- What is mirrored says when it was synced. The ledger does not: it may hold bodies of events, and is nobody else's.
  for relation in
    select relname, relkind
    from pg_class
    where relnamespace = to_regnamespace(quote_ident(mirror))
      and (relkind = 'v' or relkind = 'r' and exists (
        select from pg_attribute where attrelid = pg_class.oid and attname = 'synced_at' and not attisdropped
      ))
  loop
    execute format('grant select on %I.%I to %I, %I', mirror, relation.relname, client, reader);
    if relation.relkind = 'r' then
      execute format('grant insert, update on %I.%I to %I', mirror, relation.relname, client);
    end if;
  end loop;
end
$$;

commit;
