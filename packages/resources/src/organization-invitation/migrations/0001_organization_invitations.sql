create table organization_invitations (
  id               text primary key,
  organization_id  text,
  user_id          text,
  inviter_id       text,
  email_address    text,
  role             text,
  role_name        text,
  status           text,
  public_metadata  jsonb,
  private_metadata jsonb,
  expires_at       timestamptz,
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

-- No foreign keys and no unique constraints on mirrored values: events come in any order.
-- An address may be invited again and again.
create index organization_invitations_organization_id_idx on organization_invitations (organization_id);
create index organization_invitations_user_id_idx on organization_invitations (user_id);
create index organization_invitations_inviter_id_idx on organization_invitations (inviter_id);
create index organization_invitations_email_address_idx on organization_invitations (lower(email_address));
create index organization_invitations_deleted_with_idx on organization_invitations using gin (deleted_with) where deleted_with is not null;

comment on table organization_invitations is 'Invitations into organizations. Pending ones go with their organization and with the user they are for; others are history and stay.';
comment on column organization_invitations.id is 'Clerk''s id, orginv_…. Never reused.';
comment on column organization_invitations.organization_id is 'The organization: organizations.id.';
comment on column organization_invitations.user_id is 'The user who accepted: users.id. Null before.';
comment on column organization_invitations.inviter_id is 'The user who invited: users.id. Null where no user did.';
comment on column organization_invitations.email_address is 'The address that was invited. Null once that user is erased.';
comment on column organization_invitations.role is 'The key of the role that is offered, org:…: roles.key.';
comment on column organization_invitations.role_name is 'The name of the role that is offered.';
comment on column organization_invitations.status is 'pending, accepted, revoked or expired. Clerk sends no event when an invitation expires: see expires_at.';
comment on column organization_invitations.public_metadata is 'Metadata that the frontend may read and only the backend may write. The membership gets it.';
comment on column organization_invitations.private_metadata is 'Metadata for the backend only.';
comment on column organization_invitations.expires_at is 'Until when the invitation can be accepted.';
comment on column organization_invitations.created_at is 'When the invitation was created at Clerk.';
comment on column organization_invitations.updated_at is 'When the invitation was last changed at Clerk.';
comment on column organization_invitations.data is 'The invitation as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column organization_invitations.instance_id is 'The Clerk instance that the invitation belongs to.';
comment on column organization_invitations.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column organization_invitations.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column organization_invitations.deleted_at is 'When the invitation, while pending, went with its organization or user. No event deletes an invitation.';
comment on column organization_invitations.deleted_with is 'The ids of the organization and the user that the row went with: no event of its own deletes it.';
comment on column organization_invitations.synced_at is 'When this row was last written here.';
comment on column organization_invitations.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
