import type { MirroredColumn, MirroredTable } from './mirrored-tables.ts'
import { camelCase } from './names.ts'

/** By type, the function of `drizzle-orm/pg-core` that makes the column, and how it is called. */
const BUILDERS: Readonly<Record<MirroredColumn['type'], readonly [builder: string, call: (name: string) => string]>> = {
  text: ['text', (name) => `text('${name}')`],
  'text[]': ['text', (name) => `text('${name}').array()`],
  boolean: ['boolean', (name) => `boolean('${name}')`],
  jsonb: ['jsonb', (name) => `jsonb('${name}')`],
  // Milliseconds, counts and amounts of money: Rollcall writes no number that JavaScript cannot hold.
  bigint: ['bigint', (name) => `bigint('${name}', { mode: 'number' })`],
  'timestamp with time zone': ['timestamp', (name) => `timestamp('${name}', { withTimezone: true })`],
}

/** Of `public` Drizzle wants to be told nothing. */
const isDefault = (schema: string): boolean => schema === 'public'

/** A module that tells Drizzle of the tables. */
export function drizzleModule(tables: readonly MirroredTable[], schema: string): readonly string[] {
  const builders = tables.flatMap(({ columns }) => columns.map(({ type }) => BUILDERS[type][0]))
  const imported = [...new Set([...builders, isDefault(schema) ? 'pgTable' : 'pgSchema'])].sort()
  return [
    '// The tables that Rollcall mirrors Clerk into, as Drizzle knows tables. Written by `rollcall schema --drizzle`: write it',
    '// anew after Rollcall was upgraded or rollcall.config.ts was changed.',
    '//',
    '// Rollcall makes, changes and writes them: read them, and let your own tables refer to them. Keep this file out of the',
    '// files that `schema` of drizzle.config.ts names, or drizzle-kit will want to make the tables as well.',
    `import { ${imported.join(', ')} } from 'drizzle-orm/pg-core'`,
    ...(isDefault(schema) ? [] : ['', `export const schema = pgSchema('${schema}')`]),
    ...tables.flatMap((table) => drizzleTable(table, isDefault(schema) ? 'pgTable' : 'schema.table')),
  ]
}

const drizzleTable = ({ name, comment, columns }: MirroredTable, make: string): readonly string[] => [
  '',
  ...documented(comment, ''),
  `export const ${camelCase(name)} = ${make}('${name}', {`,
  ...columns.flatMap((column) => [
    ...documented(column.comment, '  '),
    `  ${camelCase(column.name)}: ${drizzleColumn(column)},`,
  ]),
  '})',
]

function drizzleColumn({ name, type, isNullable, isPrimaryKey, isNowByDefault }: MirroredColumn): string {
  const constraint = isPrimaryKey ? '.primaryKey()' : isNullable ? '' : '.notNull()'
  return BUILDERS[type][1](name) + constraint + (isNowByDefault ? '.defaultNow()' : '')
}

const documented = (comment: string, indent: string): readonly string[] =>
  comment === '' ? [] : [`${indent}/** ${comment} */`]
