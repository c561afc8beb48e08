create table waitlist_entries (
  id            text primary key,
  email_address text,
  status        text,
  is_locked     boolean,
  invitation_id text,
  created_at    timestamptz,
  updated_at    timestamptz,
  data          jsonb,
  instance_id   text,
  version       bigint      not null,
  occurred_at   timestamptz not null,
  deleted_at    timestamptz,
  synced_at     timestamptz not null default now(),
  event_id      text
);

create index waitlist_entries_email_address_idx on waitlist_entries (lower(email_address));

comment on table waitlist_entries is 'Who asked to be let in.';
comment on column waitlist_entries.id is 'Clerk''s id, wle_…. Never reused.';
comment on column waitlist_entries.email_address is 'The address that waits. Null once its user is erased.';
comment on column waitlist_entries.status is 'pending, invited, rejected or completed.';
comment on column waitlist_entries.is_locked is 'Whether Clerk is at work on the entry, so that it cannot be changed. Null where Clerk did not tell.';
comment on column waitlist_entries.invitation_id is 'The invitation that came of it, inv_…. Null before.';
comment on column waitlist_entries.created_at is 'When the waitlist entry was created at Clerk.';
comment on column waitlist_entries.updated_at is 'When the waitlist entry was last changed at Clerk.';
comment on column waitlist_entries.data is 'The waitlist entry as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column waitlist_entries.instance_id is 'The Clerk instance that the waitlist entry belongs to.';
comment on column waitlist_entries.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column waitlist_entries.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column waitlist_entries.deleted_at is 'When the waitlist entry was deleted at Clerk, of which there is no event. Nothing revives a deleted row.';
comment on column waitlist_entries.synced_at is 'When this row was last written here.';
comment on column waitlist_entries.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
