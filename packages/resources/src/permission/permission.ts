import { indexedText, text, time } from '../column.ts'
import { defineResource } from '../define-resource.ts'

/** What a role may allow. Memberships name permissions by `key`; roles carry whole ones, as of some time. */
export const permission = defineResource({
  module: import.meta.url,
  name: 'permission',
  table: 'permissions',
  events: {
    'permission.created': 'upsert',
    'permission.updated': 'upsert',
    'permission.deleted': 'delete',
  },
  columns: {
    name: text('name'),
    key: indexedText('key'),
    description: text('description'),
    type: text('type'),
    created_at: time('created_at'),
    updated_at: time('updated_at'),
  },
})
