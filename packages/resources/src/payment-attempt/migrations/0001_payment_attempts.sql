create table payment_attempts (
  id                  text primary key,
  payment_id          text,
  statement_id        text,
  invoice_id          text,
  gateway_external_id text,
  status              text,
  charge_type         text,
  payer_id            text,
  user_id             text,
  organization_id     text,
  payment_source_id   text,
  subtotal_amount     bigint,
  tax_total_amount    bigint,
  grand_total_amount  bigint,
  currency            text,
  failed_reason       jsonb,
  billing_date        timestamptz,
  paid_at             timestamptz,
  failed_at           timestamptz,
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

-- No foreign keys and no unique constraints on mirrored values: events come in any order.
create index payment_attempts_payment_id_idx on payment_attempts (payment_id);
create index payment_attempts_payer_id_idx on payment_attempts (payer_id);
create index payment_attempts_user_id_idx on payment_attempts (user_id);
create index payment_attempts_organization_id_idx on payment_attempts (organization_id);

comment on table payment_attempts is 'Attempts to collect a payment. A payment may take several.';
comment on column payment_attempts.id is 'Clerk''s id. Never reused.';
comment on column payment_attempts.payment_id is 'The payment that is attempted: subscriptions.latest_payment_id names the latest one.';
comment on column payment_attempts.statement_id is 'The statement that the payment is on, by Clerk''s own id.';
comment on column payment_attempts.invoice_id is 'The invoice that the payment is for, by Clerk''s own id. Clerk is giving it up.';
comment on column payment_attempts.gateway_external_id is 'The payment''s id at the payment gateway.';
comment on column payment_attempts.status is 'pending, paid or failed.';
comment on column payment_attempts.charge_type is 'checkout: the payer was present. recurring: a subscription renews.';
comment on column payment_attempts.payer_id is 'Who pays, by Clerk''s own id for payers, cpayer_….';
comment on column payment_attempts.user_id is 'The user who pays: users.id. Null where an organization does.';
comment on column payment_attempts.organization_id is 'The organization that pays: organizations.id. Null where a user does.';
comment on column payment_attempts.payment_source_id is 'What is paid with, by Clerk''s own id.';
comment on column payment_attempts.subtotal_amount is 'What is paid before taxes, in the smallest unit of currency: 2000 is 20 dollars.';
comment on column payment_attempts.tax_total_amount is 'The taxes, in the smallest unit of currency.';
comment on column payment_attempts.grand_total_amount is 'What is paid with taxes, in the smallest unit of currency.';
comment on column payment_attempts.currency is 'The currency of the amounts, by its code of three letters.';
comment on column payment_attempts.failed_reason is 'Why the attempt failed, as the payment gateway put it.';
comment on column payment_attempts.billing_date is 'The date that the payment is billed for.';
comment on column payment_attempts.paid_at is 'When the payment was made.';
comment on column payment_attempts.failed_at is 'When the attempt failed.';
comment on column payment_attempts.created_at is 'When the payment attempt was created at Clerk.';
comment on column payment_attempts.updated_at is 'When the payment attempt was last changed at Clerk.';
comment on column payment_attempts.data is 'The payment attempt as Clerk sent it, less what is left out. Null once deleted and erased.';
comment on column payment_attempts.instance_id is 'The Clerk instance that the payment attempt belongs to.';
comment on column payment_attempts.version is 'Milliseconds; with deleted_at, occurred_at and event_id it decides which event is newer.';
comment on column payment_attempts.occurred_at is 'When the event that wrote this row happened at Clerk.';
comment on column payment_attempts.deleted_at is 'When the payment attempt was deleted at Clerk, of which there is no event. Nothing revives a deleted row.';
comment on column payment_attempts.synced_at is 'When this row was last written here.';
comment on column payment_attempts.event_id is 'The event that wrote this row: webhook_events.id. Null where a backfill did.';
