create table organization_domains (
  id                        text primary key,
  organization_id           text,
  name                      text,
  enrollment_mode           text,
  affiliation_email_address text,
  verification              jsonb,
  affiliation_verification  jsonb,
  ownership_verification    jsonb,
  total_pending_invitations bigint,
  total_pending_suggestions bigint,
  created_at                timestamptz,
  updated_at                timestamptz,
  data                      jsonb,
  instance_id               text,
  version                   bigint      not null,
  occurred_at               timestamptz not null,
  deleted_at                timestamptz,
  deleted_with              text[],
  synced_at                 timestamptz not null default now(),
  event_id                  text
);

-- No foreign keys and no unique constraints on mirrored values: events come in any order.
create index organization_domains_organization_id_idx on organization_domains (organization_id);
create index organization_domains_name_idx on organization_domains (name);
create index organization_domains_affiliation_email_address_idx on organization_domains (lower(affiliation_email_address));
create index organization_domains_deleted_with_idx on organization_domains using gin (deleted_with) where deleted_with is not null;

comment on table organization_domains is 'Email domains whose users an organization invites or lets in.';
comment on column organization_domains.id is 'Clerk''s id, orgdmn_…. Never reused.';
comment on column organization_domains.organization_id is 'The organization: organizations.id.';
comment on column organization_domains.name is 'The domain, example.com.';
comment on column organization_domains.enrollment_mode is 'What happens to users with an address of the domain: manual_invitation, automatic_invitation, automatic_suggestion or enterprise_sso.';
comment on column organization_domains.affiliation_email_address is 'The address at the domain by which the organization showed that it belongs there. Null once that user is erased.';
comment on column organization_domains.verification is 'The same as affiliation_verification, by its old name.';
comment on column organization_domains.affiliation_verification is 'How far the organization has shown that it belongs to the domain. Null where Clerk uses the old name only.';
comment on column organization_domains.ownership_verification is 'How far the organization has shown that it owns the domain. Null before it was begun.';
comment on column organization_domains.total_pending_invitations is 'How many invitations for this domain were pending when the event was sent.';
comment on column organization_domains.total_pending_suggestions is 'How many suggestions for this domain were pending when the event was sent.';
comment on column organization_domains.created_at is 'When the domain was created at Clerk.';
comment on column organization_domains.updated_at is 'When the domain was last changed at Clerk.';
comment on column organization_domains.data is 'The domain as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column organization_domains.instance_id is 'The Clerk instance that the domain belongs to.';
comment on column organization_domains.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column organization_domains.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column organization_domains.deleted_at is 'When the domain was deleted at Clerk, or went with its organization. Nothing revives a deleted row.';
comment on column organization_domains.deleted_with is 'The id of the organization that the row went with, where it was not deleted by an event of its own.';
comment on column organization_domains.synced_at is 'When this row was last written here.';
comment on column organization_domains.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
