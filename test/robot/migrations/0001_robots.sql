create table robots (
  id              text primary key,
  owner_id        text,
  model           text,
  battery_percent bigint,
  updated_at      timestamptz,
  data            jsonb,
  instance_id     text,
  version         bigint      not null,
  occurred_at     timestamptz not null,
  deleted_at      timestamptz,
  deleted_with    text[],
  synced_at       timestamptz not null default now(),
  event_id        text
);

create index robots_owner_id_idx on robots (owner_id);
create index robots_deleted_with_idx on robots using gin (deleted_with) where deleted_with is not null;

comment on table robots is 'Robots, of which Clerk knows nothing.';
comment on column robots.id is 'robot_….';
comment on column robots.owner_id is 'The user whose robot it is.';
comment on column robots.model is 'What it is.';
comment on column robots.battery_percent is 'How much it can still do.';
comment on column robots.updated_at is 'When it was last changed.';
comment on column robots.data is 'The robot as it was sent.';
comment on column robots.instance_id is 'The instance that it belongs to.';
comment on column robots.version is 'Milliseconds; decides which event is newer.';
comment on column robots.occurred_at is 'When the event that wrote this row happened.';
comment on column robots.deleted_at is 'When the robot was scrapped.';
comment on column robots.deleted_with is 'The user that the robot went with.';
comment on column robots.synced_at is 'When this row was last written here.';
comment on column robots.event_id is 'The event that wrote this row.';
