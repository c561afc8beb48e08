create table roles (
  id                  text primary key,
  name                text,
  key                 text,
  description         text,
  is_creator_eligible boolean,
  permissions         jsonb,
  created_at          timestamptz,
  updated_at          timestamptz,
  data                jsonb,
  instance_id         text,
  version             bigint      not null,
  occurred_at         timestamptz not null,
  deleted_at          timestamptz,
  synced_at           timestamptz not null default now(),
  event_id            text
);

-- Not unique: a key that one role gave up may be another's before the first one's event has arrived.
create index roles_key_idx on roles (key);

comment on table roles is 'The roles that members of organizations may have. Memberships and invitations name them by key.';
comment on column roles.id is 'Clerk''s id, role_…. Never reused.';
comment on column roles.name is 'Name.';
comment on column roles.key is 'What memberships and invitations name the role by, org:…. Not unique over time.';
comment on column roles.description is 'Description.';
comment on column roles.is_creator_eligible is 'Whether who creates an organization may get this role. Null where Clerk did not tell.';
comment on column roles.permissions is 'What the role allows, as whole permissions. As of the role''s last change: what is in permissions is newer.';
comment on column roles.created_at is 'When the role was created at Clerk.';
comment on column roles.updated_at is 'When the role was last changed at Clerk.';
comment on column roles.data is 'The role as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column roles.instance_id is 'The Clerk instance that the role belongs to.';
comment on column roles.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column roles.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column roles.deleted_at is 'When the role was deleted at Clerk. Nothing revives a deleted row.';
comment on column roles.synced_at is 'When this row was last written here.';
comment on column roles.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
