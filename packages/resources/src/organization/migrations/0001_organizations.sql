create table organizations (
  id                        text primary key,
  name                      text,
  slug                      text,
  image_url                 text,
  members_count             bigint,
  pending_invitations_count bigint,
  max_allowed_memberships   bigint,
  admin_delete_enabled      boolean,
  public_metadata           jsonb,
  private_metadata          jsonb,
  created_by                text,
  last_active_at            timestamptz,
  created_at                timestamptz,
  updated_at                timestamptz,
  data                      jsonb,
  instance_id               text,
  version                   bigint      not null,
  occurred_at               timestamptz not null,
  deleted_at                timestamptz,
  synced_at                 timestamptz not null default now(),
  event_id                  text
);

-- No foreign keys and no unique constraints on mirrored values: events come in any order, and a slug that one
-- organization gave up may be another's before the first one's event has arrived.
create index organizations_slug_idx on organizations (slug);
create index organizations_created_by_idx on organizations (created_by);

comment on table organizations is 'Clerk''s organizations. A deleted one stays as a row with deleted_at set, so that foreign keys to it hold.';
comment on column organizations.id is 'Clerk''s id, org_…. Never reused.';
comment on column organizations.name is 'Name.';
comment on column organizations.slug is 'The name in URLs. Not unique over time.';
comment on column organizations.image_url is 'URL of the logo.';
comment on column organizations.members_count is 'How many members there were when the event was sent. Null where Clerk did not count them.';
comment on column organizations.pending_invitations_count is 'How many invitations were pending when the event was sent. Null where Clerk did not count them.';
comment on column organizations.max_allowed_memberships is 'How many members there may be; 0 means as many as they like.';
comment on column organizations.admin_delete_enabled is 'Whether its admins may delete it.';
comment on column organizations.public_metadata is 'Metadata that the frontend may read and only the backend may write.';
comment on column organizations.private_metadata is 'Metadata for the backend only.';
comment on column organizations.created_by is 'The user who created it: users.id.';
comment on column organizations.last_active_at is 'When the organization was last active.';
comment on column organizations.created_at is 'When the organization was created at Clerk.';
comment on column organizations.updated_at is 'When the organization was last changed at Clerk.';
comment on column organizations.data is 'The organization as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column organizations.instance_id is 'The Clerk instance that the organization belongs to.';
comment on column organizations.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column organizations.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column organizations.deleted_at is 'When the organization was deleted at Clerk. Nothing revives a deleted row.';
comment on column organizations.synced_at is 'When this row was last written here.';
comment on column organizations.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
