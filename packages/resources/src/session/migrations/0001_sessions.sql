create table sessions (
  id                          text primary key,
  user_id                     text,
  client_id                   text,
  last_active_organization_id text,
  status                      text,
  actor                       jsonb,
  latest_activity             jsonb,
  last_active_at              timestamptz,
  expire_at                   timestamptz,
  abandon_at                  timestamptz,
  created_at                  timestamptz,
  updated_at                  timestamptz,
  data                        jsonb,
  instance_id                 text,
  version                     bigint      not null,
  occurred_at                 timestamptz not null,
  deleted_at                  timestamptz,
  deleted_with                text[],
  synced_at                   timestamptz not null default now(),
  event_id                    text
);

-- No foreign keys and no unique constraints on mirrored values: events come in any order.
create index sessions_user_id_idx on sessions (user_id);
create index sessions_last_active_organization_id_idx on sessions (last_active_organization_id);
create index sessions_deleted_with_idx on sessions using gin (deleted_with) where deleted_with is not null;

comment on table sessions is 'Users'' sessions. Whether one may still be used is for Clerk to say: a session that expires makes no event.';
comment on column sessions.id is 'Clerk''s id, sess_…. Never reused.';
comment on column sessions.user_id is 'The user: users.id.';
comment on column sessions.client_id is 'The browser or device, by Clerk''s own id. Sessions of one client share it.';
comment on column sessions.last_active_organization_id is 'The organization that was last active in the session: organizations.id.';
comment on column sessions.status is 'active, pending, ended, removed, revoked, expired, abandoned or replaced: as of the last event.';
comment on column sessions.actor is 'Who acts as the user, where somebody else does.';
comment on column sessions.latest_activity is 'Browser, device, IP address and place of the latest activity.';
comment on column sessions.last_active_at is 'When the session was last active, as of the last event.';
comment on column sessions.expire_at is 'When the session expires, whatever happens.';
comment on column sessions.abandon_at is 'When the session is given up unless it is used.';
comment on column sessions.created_at is 'When the session was created at Clerk.';
comment on column sessions.updated_at is 'When the session was last changed at Clerk.';
comment on column sessions.data is 'The session as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column sessions.instance_id is 'The Clerk instance that the session belongs to.';
comment on column sessions.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column sessions.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column sessions.deleted_at is 'When the session went with its user. No event deletes a session. Nothing revives a deleted row.';
comment on column sessions.deleted_with is 'The id of the user that the row went with: no event of its own deletes it.';
comment on column sessions.synced_at is 'When this row was last written here.';
comment on column sessions.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
