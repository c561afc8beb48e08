create table permissions (
  id          text primary key,
  name        text,
  key         text,
  description text,
  type        text,
  created_at  timestamptz,
  updated_at  timestamptz,
  data        jsonb,
  instance_id text,
  version     bigint      not null,
  occurred_at timestamptz not null,
  deleted_at  timestamptz,
  synced_at   timestamptz not null default now(),
  event_id    text
);

-- Not unique: a key that one permission gave up may be another's before the first one's event has arrived.
create index permissions_key_idx on permissions (key);

comment on table permissions is 'What roles may allow. Memberships name permissions by key.';
comment on column permissions.id is 'Clerk''s id, perm_…. Never reused.';
comment on column permissions.name is 'Name.';
comment on column permissions.key is 'What memberships name the permission by, org:…. Not unique over time.';
comment on column permissions.description is 'Description.';
comment on column permissions.type is 'system: Clerk''s own. user or custom: made for this instance.';
comment on column permissions.created_at is 'When the permission was created at Clerk.';
comment on column permissions.updated_at is 'When the permission was last changed at Clerk.';
comment on column permissions.data is 'The permission as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column permissions.instance_id is 'The Clerk instance that the permission belongs to.';
comment on column permissions.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column permissions.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column permissions.deleted_at is 'When the permission was deleted at Clerk. Nothing revives a deleted row.';
comment on column permissions.synced_at is 'When this row was last written here.';
comment on column permissions.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
