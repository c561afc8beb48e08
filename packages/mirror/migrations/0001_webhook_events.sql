-- The ledger: one row for every message that the worker has settled.
create table webhook_events (
  id          text primary key,
  type        text,
  resource    text,
  entity_id   text,
  instance_id text,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  applied_at  timestamptz not null default now(),
  handled_at  timestamptz,
  outcome     text        not null check (outcome in ('applied', 'stale', 'ignored', 'refused', 'failed')),
  error       text        check ((error is not null) = (outcome = 'failed')),
  attempts    integer     not null check (attempts > 0),
  body        jsonb
);

-- What people look for: the latest events, those of one entity, and what failed.
create index webhook_events_applied_at_idx on webhook_events (applied_at);
create index webhook_events_entity_id_idx on webhook_events (entity_id, occurred_at);
create index webhook_events_failed_idx on webhook_events (applied_at) where outcome = 'failed';

comment on table webhook_events is 'The ledger: one row for every webhook message that the worker has settled.';
comment on column webhook_events.id is 'Svix''s message id: the same on every attempt of a message.';
comment on column webhook_events.type is 'Clerk''s event type. Null where the body was not a Clerk event.';
comment on column webhook_events.resource is 'The mirrored resource that the event is about. Null where there is none.';
comment on column webhook_events.entity_id is 'The id of what the event is about.';
comment on column webhook_events.instance_id is 'The Clerk instance that sent the event.';
comment on column webhook_events.occurred_at is 'When it happened at Clerk, by the event''s own timestamp.';
comment on column webhook_events.received_at is 'When the receiver took it.';
comment on column webhook_events.applied_at is 'When its outcome was committed.';
comment on column webhook_events.handled_at is 'When its handlers had run.';
comment on column webhook_events.outcome is 'applied: its row was written. stale: something newer stood there. ignored: not mirrored. refused: from a foreign instance. failed: cannot be applied, see error.';
comment on column webhook_events.error is 'Why it failed: a code, a colon, and a sentence.';
comment on column webhook_events.attempts is 'How often the worker has taken it up.';
comment on column webhook_events.body is 'The body, where it is kept: of failed events and of unknown types, or of all with EVENT_BODIES=all.';
