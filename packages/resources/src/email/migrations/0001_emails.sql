create table emails (
  id                  text primary key,
  user_id             text,
  email_address_id    text,
  to_email_address    text,
  from_email_name     text,
  reply_to_email_name text,
  subject             text,
  slug                text,
  status              text,
  delivered_by_clerk  boolean,
  data                jsonb,
  instance_id         text,
  version             bigint      not null,
  occurred_at         timestamptz not null,
  deleted_at          timestamptz,
  deleted_with        text[],
  synced_at           timestamptz not null default now(),
  event_id            text
);

-- No foreign keys and no unique constraints on mirrored values: events come in any order.
create index emails_user_id_idx on emails (user_id);
create index emails_to_email_address_idx on emails (lower(to_email_address));
create index emails_deleted_with_idx on emails using gin (deleted_with) where deleted_with is not null;

comment on table emails is 'Emails that Clerk sends. They carry one-time passwords and links that sign in, in clear text: see data and subject.';
comment on column emails.id is 'Clerk''s id, ema_…. Never reused.';
comment on column emails.user_id is 'The user whom the email is for: users.id. Null where there is none yet.';
comment on column emails.email_address_id is 'The email address, by Clerk''s own id, idn_….';
comment on column emails.to_email_address is 'The address that the email goes to.';
comment on column emails.from_email_name is 'The part before the @ of the address that the email comes from.';
comment on column emails.reply_to_email_name is 'The part before the @ of the address that answers go to.';
comment on column emails.subject is 'The subject. It may hold a one-time password.';
comment on column emails.slug is 'What kind of email it is: verification_code and others.';
comment on column emails.status is 'Whether the email was queued or sent when the event was sent.';
comment on column emails.delivered_by_clerk is 'Whether Clerk delivers the email. If not, you are to.';
comment on column emails.data is 'The email as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column emails.instance_id is 'The Clerk instance that the email belongs to.';
comment on column emails.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column emails.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column emails.deleted_at is 'When the email went with the user it was for. No event deletes an email. Nothing revives a deleted row.';
comment on column emails.deleted_with is 'The id of the user that the row went with: no event of its own deletes it.';
comment on column emails.synced_at is 'When this row was last written here.';
comment on column emails.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
