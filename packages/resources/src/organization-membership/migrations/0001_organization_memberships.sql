create table organization_memberships (
  id               text primary key,
  organization_id  text,
  user_id          text,
  role             text,
  role_name        text,
  permissions      jsonb,
  public_user_data jsonb,
  public_metadata  jsonb,
  private_metadata jsonb,
  created_at       timestamptz,
  updated_at       timestamptz,
  data             jsonb,
  instance_id      text,
  version          bigint      not null,
  occurred_at      timestamptz not null,
  deleted_at       timestamptz,
  deleted_with     text[],
  synced_at        timestamptz not null default now(),
  event_id         text
);

-- No foreign keys: a membership may come before its organization and its user, and often does. Nothing is unique, for
-- who leaves and joins again has two memberships.
create index organization_memberships_organization_id_idx on organization_memberships (organization_id);
create index organization_memberships_user_id_idx on organization_memberships (user_id);
create index organization_memberships_deleted_with_idx on organization_memberships using gin (deleted_with) where deleted_with is not null;

comment on table organization_memberships is 'Which users are members of which organizations. A membership that ended stays as a row with deleted_at set.';
comment on column organization_memberships.id is 'Clerk''s id, orgmem_…. Never reused.';
comment on column organization_memberships.organization_id is 'The organization: organizations.id.';
comment on column organization_memberships.user_id is 'The member: users.id.';
comment on column organization_memberships.role is 'The key of the member''s role, org:…: roles.key.';
comment on column organization_memberships.role_name is 'The name of the member''s role.';
comment on column organization_memberships.permissions is 'The keys of what the role allows.';
comment on column organization_memberships.public_user_data is 'Name, picture and identifier of the member, as of this membership''s last change. What is in users is newer.';
comment on column organization_memberships.public_metadata is 'Metadata that the frontend may read and only the backend may write.';
comment on column organization_memberships.private_metadata is 'Metadata for the backend only.';
comment on column organization_memberships.created_at is 'When the membership was created at Clerk.';
comment on column organization_memberships.updated_at is 'When the membership was last changed at Clerk.';
comment on column organization_memberships.data is 'The membership as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column organization_memberships.instance_id is 'The Clerk instance that the membership belongs to.';
comment on column organization_memberships.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column organization_memberships.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column organization_memberships.deleted_at is 'When the membership ended at Clerk, or went with its organization or user. Nothing revives a deleted row.';
comment on column organization_memberships.deleted_with is 'The ids of the organization and the user that the row went with, where it was not deleted by an event of its own.';
comment on column organization_memberships.synced_at is 'When this row was last written here.';
comment on column organization_memberships.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
