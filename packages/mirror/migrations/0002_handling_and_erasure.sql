-- What handlers did with an event, and whom a kept body tells of.
alter table webhook_events
  add column user_ids         text[],
  add column handling         text check (handling in ('waiting', 'handled', 'failed')),
  add column handler_attempts integer not null default 0,
  add column handler_error    text check ((handler_error is null) or (handling is not null)),
  add column handle_at        timestamptz check ((handle_at is not null) = (handling is not distinct from 'waiting'));

-- Handlers due, handlers that failed, bodies to erase with their user, bodies past their time: each a small part of the table.
create index webhook_events_handle_at_idx on webhook_events (handle_at) where handling = 'waiting';
create index webhook_events_handling_failed_idx on webhook_events (applied_at) where handling = 'failed';
create index webhook_events_user_ids_idx on webhook_events using gin (user_ids) where user_ids is not null;
create index webhook_events_body_idx on webhook_events (applied_at) where body is not null;

comment on column webhook_events.body is 'The body, where it is kept: of failed events and of unknown types, of one with a handler until that has run, and with EVENT_BODIES=all of applied and stale ones. Less what is left out.';
comment on column webhook_events.error is 'Why it failed: a code, a colon, and a sentence. Erased with what the event is about.';
comment on column webhook_events.resource is 'The resource that the event is about, mirrored or not. Null where there is none.';
comment on column webhook_events.user_ids is 'The users that a kept body tells of, with whom it is erased.';
comment on column webhook_events.handling is 'waiting: its handler has not run. handled: it has. failed: its attempts ran out, see handler_error. Null where there is no handler.';
comment on column webhook_events.handler_attempts is 'How often the handler has been tried.';
comment on column webhook_events.handler_error is 'Why the handler failed last. Erased with what the event is about.';
comment on column webhook_events.handle_at is 'When the handler is to run; while it runs, when it is taken for dead.';
