create view user_emails as
select
  users.id                                                                  as user_id,
  entry ->> 'id'                                                            as email_address_id,
  entry ->> 'email_address'                                                 as email_address,
  coalesce(entry -> 'verification' ->> 'status' = 'verified', false)        as is_verified,
  coalesce(entry ->> 'email_address' = users.primary_email_address, false) as is_primary,
  users.instance_id
from users
-- What Clerk sent may be no list; a function in `from` would fail on it.
cross join lateral jsonb_array_elements(
  case jsonb_typeof(users.email_addresses) when 'array' then users.email_addresses else '[]' end
) as entry
where users.deleted_at is null;

comment on view user_emails is 'One row for every email address of a user that is not deleted, verified or not, primary or not.';
comment on column user_emails.is_verified is 'Whether the user has shown that the address is theirs.';
comment on column user_emails.is_primary is 'Whether it is the one that Clerk writes to.';
