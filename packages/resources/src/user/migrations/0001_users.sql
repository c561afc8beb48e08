create table users (
  id                    text primary key,
  external_id           text,
  username              text,
  first_name            text,
  last_name             text,
  primary_email_address text,
  primary_phone_number  text,
  image_url             text,
  email_addresses       jsonb,
  phone_numbers         jsonb,
  external_accounts     jsonb,
  public_metadata       jsonb,
  private_metadata      jsonb,
  unsafe_metadata       jsonb,
  banned                boolean,
  locked                boolean,
  password_enabled      boolean,
  two_factor_enabled    boolean,
  last_sign_in_at       timestamptz,
  last_active_at        timestamptz,
  created_at            timestamptz,
  updated_at            timestamptz,
  data                  jsonb,
  instance_id           text,
  version               bigint      not null,
  occurred_at           timestamptz not null,
  deleted_at            timestamptz,
  synced_at             timestamptz not null default now(),
  event_id              text
);

-- No foreign keys and no unique constraints on mirrored values: events come in any order, and an address that one
-- user gave up may be another's before the first one's event has arrived.
create index users_external_id_idx on users (external_id);
create index users_username_idx on users (username);
create index users_primary_email_address_idx on users (lower(primary_email_address));

comment on table users is 'Clerk''s users. A deleted one stays as a row with deleted_at set, so that foreign keys to it hold.';
comment on column users.id is 'Clerk''s id, user_…. Never reused.';
comment on column users.external_id is 'Your own id for the user, as set in Clerk.';
comment on column users.username is 'Username, where the instance uses them.';
comment on column users.first_name is 'First name.';
comment on column users.last_name is 'Last name.';
comment on column users.primary_email_address is 'The primary one of email_addresses. Not unique over time.';
comment on column users.primary_phone_number is 'The primary one of phone_numbers.';
comment on column users.image_url is 'URL of the avatar.';
comment on column users.email_addresses is 'All email addresses with their verification, as Clerk sent them.';
comment on column users.phone_numbers is 'All phone numbers with their verification, as Clerk sent them.';
comment on column users.external_accounts is 'Accounts at social providers that are linked to the user.';
comment on column users.public_metadata is 'Metadata that the frontend may read and only the backend may write.';
comment on column users.private_metadata is 'Metadata for the backend only.';
comment on column users.unsafe_metadata is 'Metadata that the frontend may write: do not trust it.';
comment on column users.banned is 'Whether the user is banned from signing in.';
comment on column users.locked is 'Whether too many failed attempts have locked the user out.';
comment on column users.password_enabled is 'Whether the user has a password.';
comment on column users.two_factor_enabled is 'Whether the user has set up a second factor.';
comment on column users.last_sign_in_at is 'When the user last signed in.';
comment on column users.last_active_at is 'When the user was last active, to the day.';
comment on column users.created_at is 'When the user was created at Clerk.';
comment on column users.updated_at is 'When the user was last changed at Clerk.';
comment on column users.data is 'The user as Clerk sent it, whole. Null once deleted.';
comment on column users.instance_id is 'The Clerk instance that the user belongs to.';
comment on column users.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column users.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column users.deleted_at is 'When the user was deleted at Clerk. Nothing revives a deleted row.';
comment on column users.synced_at is 'When this row was last written here.';
comment on column users.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
