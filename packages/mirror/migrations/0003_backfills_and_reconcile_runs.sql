-- How far each backfill has come, so that one that was cut short goes on, and what each reconcile found and mended.
create table backfills (
  id          bigint      generated always as identity primary key,
  resources   text[]      not null,
  instance_id text        not null,
  started_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  finished_at timestamptz,
  progress    jsonb       not null default '{}'
);

create table reconcile_runs (
  id           bigint      generated always as identity primary key,
  started_at   timestamptz not null default now(),
  finished_at  timestamptz,
  started_by   text        not null check (started_by in ('command', 'schedule')),
  dry_run      boolean     not null,
  instance_id  text        not null,
  outcome      text        check (outcome in ('agreed', 'drifted', 'mended', 'failed')),
  drifted_rows bigint      not null default 0,
  mended_rows  bigint      not null default 0,
  drift        jsonb       not null default '{}',
  error        text        check ((error is not null) = (outcome is not distinct from 'failed')),
  check ((finished_at is not null) = (outcome is not null))
);

comment on table backfills is 'One row for every backfill: which resources it reads from Clerk, and how far it has come.';
comment on column backfills.resources is 'In the order in which they are read.';
comment on column backfills.instance_id is 'The Clerk instance that is read.';
comment on column backfills.updated_at is 'When a page was last committed.';
comment on column backfills.finished_at is 'When the last page was committed. Null while it runs, and where it was cut short: then the next goes on from there.';
comment on column backfills.progress is 'By resource: where its reading goes on, and how many rows were created, updated and unchanged so far. Committed with each page''s rows.';

comment on table reconcile_runs is 'One row for every reconcile: where the mirror differed from Clerk, and what was mended.';
comment on column reconcile_runs.finished_at is 'Null while it runs, and where its process was killed.';
comment on column reconcile_runs.started_by is 'command: somebody called rollcall reconcile. schedule: the worker did, as rollcall.config.ts says.';
comment on column reconcile_runs.dry_run is 'Whether it only looked.';
comment on column reconcile_runs.instance_id is 'The Clerk instance that the mirror was compared with.';
comment on column reconcile_runs.outcome is 'agreed: nothing differed. drifted: a dry run found differences. mended: differences were found, and written. failed: see error.';
comment on column reconcile_runs.drifted_rows is 'Rows that differed.';
comment on column reconcile_runs.mended_rows is 'Rows that were written therefore.';
comment on column reconcile_runs.drift is 'By resource: how many rows were compared, how many of them were missing, older, changed or gone from Clerk, how many were mended, and the ids of some.';
comment on column reconcile_runs.error is 'Why it failed: a code, a colon, and a sentence.';
