-- Why an event changed nothing, how often its message came again, what failed alike, and who did what about it.
alter table webhook_events
  add column version       bigint,
  add column stale_against jsonb,
  add column duplicates    integer not null default 0,
  add column duplicate_at  timestamptz,
  add column error_group   text,
  add column discarded_at  timestamptz;

update webhook_events set error_group = split_part(coalesce(error, handler_error), ':', 1)
where outcome = 'failed' or handling = 'failed';

-- What people look for besides: failures that are alike, one type, and what did not simply go through.
create index webhook_events_failures_idx on webhook_events (error_group, type, outcome, applied_at)
  where (outcome = 'failed' or handling = 'failed') and discarded_at is null;
create index webhook_events_type_idx on webhook_events (type, applied_at);
create index webhook_events_outcome_idx on webhook_events (outcome, applied_at) where outcome <> 'applied';

create table audit_log (
  id        bigint      generated always as identity primary key,
  at        timestamptz not null default now(),
  actor     text        not null,
  action    text        not null check (action in ('replay', 'discard', 'pause', 'resume')),
  selection jsonb       not null default '{}',
  result    jsonb       not null default '{}'
);

comment on column webhook_events.version is 'The version of the row that the event asked for, in milliseconds. Null where it asked for none.';
comment on column webhook_events.stale_against is 'What stood there instead, where the event was stale: event_id, version, occurred_at, deleted.';
comment on column webhook_events.duplicates is 'How often its message came again after it was settled.';
comment on column webhook_events.duplicate_at is 'When its message came again last.';
comment on column webhook_events.error_group is 'The error without what differs from event to event, by which failures are grouped. Erased with what the event is about, but for the code.';
comment on column webhook_events.discarded_at is 'When somebody gave the failure up.';

comment on table audit_log is 'What people did to the running pipeline, and who.';
comment on column audit_log.actor is 'Who did it: a user of Clerk or of the console, or of the machine where a command was called.';
comment on column audit_log.action is 'replay: events or handlers were run again. discard: failures were given up. pause, resume: the queue.';
comment on column audit_log.selection is 'Which events it was about: the ids, or what they were searched by.';
comment on column audit_log.result is 'What came of it, in numbers.';
