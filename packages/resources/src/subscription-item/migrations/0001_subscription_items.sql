create table subscription_items (
  id              text primary key,
  subscription_id text,
  payer_id        text,
  user_id         text,
  organization_id text,
  plan_id         text,
  status          text,
  is_free_trial   boolean,
  interval        text,
  amount          bigint,
  currency        text,
  seats           bigint,
  period_start    timestamptz,
  period_end      timestamptz,
  created_at      timestamptz,
  updated_at      timestamptz,
  data            jsonb,
  instance_id     text,
  version         bigint      not null,
  occurred_at     timestamptz not null,
  deleted_at      timestamptz,
  synced_at       timestamptz not null default now(),
  event_id        text
);

-- No foreign keys and no unique constraints on mirrored values: events come in any order.
create index subscription_items_subscription_id_idx on subscription_items (subscription_id);
create index subscription_items_payer_id_idx on subscription_items (payer_id);
create index subscription_items_user_id_idx on subscription_items (user_id);
create index subscription_items_organization_id_idx on subscription_items (organization_id);
create index subscription_items_plan_id_idx on subscription_items (plan_id);

comment on table subscription_items is 'The plans that payers have, had or are to have.';
comment on column subscription_items.id is 'Clerk''s id, csub_item_…. Never reused.';
comment on column subscription_items.subscription_id is 'The subscription: subscriptions.id. Null until an event has come: the Backend API does not tell it.';
comment on column subscription_items.payer_id is 'Who pays, by Clerk''s own id for payers, cpayer_….';
comment on column subscription_items.user_id is 'The user who pays: users.id. Null where an organization does.';
comment on column subscription_items.organization_id is 'The organization that pays: organizations.id. Null where a user does.';
comment on column subscription_items.plan_id is 'The plan, by Clerk''s own id, cplan_….';
comment on column subscription_items.status is 'active, canceled, ended, expired, past_due, upcoming, incomplete or abandoned.';
comment on column subscription_items.is_free_trial is 'Whether this is a free trial.';
comment on column subscription_items.interval is 'How often is paid: month or annual.';
comment on column subscription_items.amount is 'The plan''s price, in the smallest unit of currency: 2000 is 20 dollars. Null until an event has come: the Backend API does not tell it so.';
comment on column subscription_items.currency is 'The currency of amount, by its code of three letters.';
comment on column subscription_items.seats is 'How many seats there are. Null where they are not limited, or not counted.';
comment on column subscription_items.period_start is 'When the current period began or is to begin.';
comment on column subscription_items.period_end is 'When the current period ends. Null where it has no end.';
comment on column subscription_items.created_at is 'When the subscription item was created at Clerk.';
comment on column subscription_items.updated_at is 'When the subscription item was last changed at Clerk.';
comment on column subscription_items.data is 'The subscription item as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column subscription_items.instance_id is 'The Clerk instance that the subscription item belongs to.';
comment on column subscription_items.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column subscription_items.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column subscription_items.deleted_at is 'When the subscription item was deleted at Clerk, of which there is no event. Nothing revives a deleted row.';
comment on column subscription_items.synced_at is 'When this row was last written here.';
comment on column subscription_items.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
