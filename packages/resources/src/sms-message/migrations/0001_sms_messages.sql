create table sms_messages (
  id                 text primary key,
  user_id            text,
  phone_number_id    text,
  from_phone_number  text,
  to_phone_number    text,
  slug               text,
  message            text,
  status             text,
  delivered_by_clerk boolean,
  created_at         timestamptz,
  data               jsonb,
  instance_id        text,
  version            bigint      not null,
  occurred_at        timestamptz not null,
  deleted_at         timestamptz,
  deleted_with       text[],
  synced_at          timestamptz not null default now(),
  event_id           text
);

-- No foreign keys and no unique constraints on mirrored values: events come in any order.
create index sms_messages_user_id_idx on sms_messages (user_id);
create index sms_messages_deleted_with_idx on sms_messages using gin (deleted_with) where deleted_with is not null;

comment on table sms_messages is 'Text messages that Clerk sends. They carry one-time passwords, in clear text: see data and message.';
comment on column sms_messages.id is 'Clerk''s id, sms_…. Never reused.';
comment on column sms_messages.user_id is 'The user whom the message is for: users.id. Null where there is none yet.';
comment on column sms_messages.phone_number_id is 'The phone number, by Clerk''s own id, idn_….';
comment on column sms_messages.from_phone_number is 'The number that the message comes from.';
comment on column sms_messages.to_phone_number is 'The number that the message goes to.';
comment on column sms_messages.slug is 'What kind of message it is: verification_code and others.';
comment on column sms_messages.message is 'The text. It may hold a one-time password.';
comment on column sms_messages.status is 'Whether the message was queued or sent when the event was sent.';
comment on column sms_messages.delivered_by_clerk is 'Whether Clerk delivers the message. If not, you are to.';
comment on column sms_messages.created_at is 'When the message was created at Clerk.';
comment on column sms_messages.data is 'The message as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column sms_messages.instance_id is 'The Clerk instance that the message belongs to.';
comment on column sms_messages.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column sms_messages.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column sms_messages.deleted_at is 'When the message went with the user it was for. No event deletes a message. Nothing revives a deleted row.';
comment on column sms_messages.deleted_with is 'The id of the user that the row went with: no event of its own deletes it.';
comment on column sms_messages.synced_at is 'When this row was last written here.';
comment on column sms_messages.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
