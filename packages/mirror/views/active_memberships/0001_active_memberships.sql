-- Outer joins: events come in any order, and a membership that is there before its user is a membership all the same.
create view active_memberships as
select
  memberships.id,
  memberships.organization_id,
  memberships.user_id,
  memberships.role,
  memberships.role_name,
  memberships.permissions,
  memberships.public_metadata,
  memberships.created_at,
  memberships.updated_at,
  organizations.name                as organization_name,
  organizations.slug                as organization_slug,
  organizations.image_url           as organization_image_url,
  users.external_id                 as user_external_id,
  users.username,
  users.first_name,
  users.last_name,
  users.primary_email_address,
  users.image_url                   as user_image_url,
  memberships.instance_id
from organization_memberships as memberships
left join organizations on organizations.id = memberships.organization_id
left join users on users.id = memberships.user_id
where memberships.deleted_at is null
  and organizations.deleted_at is null
  and users.deleted_at is null;

comment on view active_memberships is 'Memberships that are not deleted, each with its organization and its user. Their columns are null until they have arrived.';
