-- Columns by name: a table may get new ones, and a view with a star would not.
create view active_users as
select
  id,
  external_id,
  username,
  first_name,
  last_name,
  primary_email_address,
  primary_phone_number,
  image_url,
  email_addresses,
  phone_numbers,
  external_accounts,
  public_metadata,
  private_metadata,
  unsafe_metadata,
  banned,
  locked,
  password_enabled,
  two_factor_enabled,
  last_sign_in_at,
  last_active_at,
  created_at,
  updated_at,
  instance_id,
  synced_at
from users
where deleted_at is null;

comment on view active_users is 'Users that are not deleted. Banned and locked ones are among them; see those columns.';
