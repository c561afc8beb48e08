-- What the app knows about a user that Clerk does not. Kept by the handlers in rollcall.config.ts.
create table user_profiles (
  id       uuid primary key default gen_random_uuid(),
  -- The user at Clerk. `unique` is what makes the handlers' upsert work, and brings the index that every join uses.
  -- The foreign key holds: a handler runs after its event's row is committed, and a row of clerk.users stays for ever,
  -- empty once the user is deleted.
  clerk_id text not null unique references clerk.users (id),
  birthday date,
  country  text check (country ~ '^[A-Z]{2}$'),
  bio      text
);

create table posts (
  id         bigint generated always as identity primary key,
  -- Not the profile, which goes with its user: the post stays, and so does the row in clerk.users that it points at.
  -- Who signed up a moment ago may not be there yet. The app tries such a post again; one that cannot wait for a webhook
  -- does without this key, and joins all the same.
  author_id  text not null references clerk.users (id),
  body       text not null,
  created_at timestamptz not null default now()
);

create index posts_author_id_idx on posts (author_id);
create index posts_created_at_idx on posts (created_at);
