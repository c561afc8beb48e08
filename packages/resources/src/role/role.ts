import { boolean, indexedText, json, text, time } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/** The roles that members of organizations may have. Memberships and invitations name them by `key`, not by id. */
export const role = defineResource({
  module: import.meta.url,
  name: 'role',
  table: 'roles',
  events: {
    'role.created': 'upsert',
    'role.updated': 'upsert',
    'role.deleted': 'delete',
  },
  columns: {
    name: text('name'),
    key: indexedText('key'),
    description: text('description'),
    is_creator_eligible: boolean('is_creator_eligible'),
    permissions: json('permissions'),
    created_at: time('created_at'),
    updated_at: time('updated_at'),
  },
})
