import { integer, reference, text, time } from '@rollcall/resources/column'
import { defineResource } from '@rollcall/resources/define-resource'

/** A resource that Clerk does not have, to show what adding one takes: this folder, and a line where it is used. */
export const robot = defineResource({
  module: import.meta.url,
  name: 'robot',
  table: 'robots',
  events: {
    'robot.created': 'upsert',
    'robot.deleted': 'delete',
  },
  columns: {
    owner_id: reference('owner_id'),
    model: text('model'),
    battery_percent: integer('battery_percent'),
    updated_at: time('updated_at'),
  },
  owners: { owner_id: { resource: 'user' } },
  otherFields: ['serial_number'],
})
