create table subscriptions (
  id                text primary key,
  status            text,
  payer_id          text,
  user_id           text,
  organization_id   text,
  latest_payment_id text,
  payment_source_id text,
  active_at         timestamptz,
  canceled_at       timestamptz,
  past_due_at       timestamptz,
  ended_at          timestamptz,
  created_at        timestamptz,
  updated_at        timestamptz,
  data              jsonb,
  instance_id       text,
  version           bigint      not null,
  occurred_at       timestamptz not null,
  deleted_at        timestamptz,
  synced_at         timestamptz not null default now(),
  event_id          text
);

-- No foreign keys and no unique constraints on mirrored values: events come in any order.
create index subscriptions_payer_id_idx on subscriptions (payer_id);
create index subscriptions_user_id_idx on subscriptions (user_id);
create index subscriptions_organization_id_idx on subscriptions (organization_id);

comment on table subscriptions is 'What users and organizations pay for: one subscription for each payer, with a row in subscription_items for each plan.';
comment on column subscriptions.id is 'Clerk''s id, csub_…. Never reused.';
comment on column subscriptions.status is 'active, past_due, canceled, ended, abandoned or incomplete.';
comment on column subscriptions.payer_id is 'Who pays, by Clerk''s own id for payers, cpayer_….';
comment on column subscriptions.user_id is 'The user who pays: users.id. Null where an organization does.';
comment on column subscriptions.organization_id is 'The organization that pays: organizations.id. Null where a user does.';
comment on column subscriptions.latest_payment_id is 'The latest payment: payment_attempts.payment_id.';
comment on column subscriptions.payment_source_id is 'What is paid with, by Clerk''s own id.';
comment on column subscriptions.active_at is 'Since when the subscription has been active. Null where it never was.';
comment on column subscriptions.canceled_at is 'When the subscription was canceled.';
comment on column subscriptions.past_due_at is 'Since when a payment has been due.';
comment on column subscriptions.ended_at is 'When the subscription ended.';
comment on column subscriptions.created_at is 'When the subscription was created at Clerk.';
comment on column subscriptions.updated_at is 'When the subscription was last changed at Clerk.';
comment on column subscriptions.data is 'The subscription as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column subscriptions.instance_id is 'The Clerk instance that the subscription belongs to.';
comment on column subscriptions.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column subscriptions.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column subscriptions.deleted_at is 'When the subscription was deleted at Clerk, of which there is no event. Nothing revives a deleted row.';
comment on column subscriptions.synced_at is 'When this row was last written here.';
comment on column subscriptions.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
