import type { MirroredColumn, MirroredTable } from './mirrored-tables.ts'
import { camelCase, pascalCase } from './names.ts'

const TYPES: Readonly<Record<MirroredColumn['type'], string>> = {
  text: 'String',
  'text[]': 'String[]',
  boolean: 'Boolean',
  jsonb: 'Json',
  bigint: 'BigInt',
  'timestamp with time zone': 'DateTime',
}

/** Models that tell Prisma of the tables. They begin with `Clerk`, for the app may have a `User` of its own. */
export const prismaModels = (tables: readonly MirroredTable[], schema: string): readonly string[] => [
  '// The tables that Rollcall mirrors Clerk into, as Prisma knows tables. Written by `rollcall schema --prisma`: write it anew',
  '// after Rollcall was upgraded or rollcall.config.ts was changed.',
  '//',
  `// Put it beside your schema.prisma. Its datasource needs \`schemas = [${schemasOf(schema)}]\`. Rollcall makes, changes and`,
  '// writes the tables: read them, and tell Prisma Migrate in prisma.config.ts that they are not its own:',
  '//   experimental: { externalTables: true },',
  `//   tables: { external: [${tables.map(({ name }) => `"${schema}.${name}"`).join(', ')}] },`,
  ...tables.flatMap((table) => prismaModel(table, schema)),
]

const schemasOf = (schema: string): string => [...new Set(['public', schema])].map((name) => `"${name}"`).join(', ')

const prismaModel = ({ resource, name, comment, columns }: MirroredTable, schema: string): readonly string[] => [
  '',
  ...documented(comment, ''),
  `model Clerk${pascalCase(resource)} {`,
  ...columns.flatMap((column) => [...documented(column.comment, '  '), `  ${prismaField(column)}`]),
  '',
  `  @@map("${name}")`,
  `  @@schema("${schema}")`,
  '}',
]

function prismaField({ name, type, isNullable, isPrimaryKey, isNowByDefault }: MirroredColumn): string {
  const field = camelCase(name)
  // A list is never optional to Prisma, which answers an empty one where the column is null.
  const isOptional = isNullable && type !== 'text[]'
  return [
    field,
    `${TYPES[type]}${isOptional ? '?' : ''}`,
    ...(isPrimaryKey ? ['@id'] : []),
    ...(isNowByDefault ? ['@default(now())'] : []),
    ...(field === name ? [] : [`@map("${name}")`]),
    ...(type === 'timestamp with time zone' ? ['@db.Timestamptz(6)'] : []),
  ].join(' ')
}

const documented = (comment: string, indent: string): readonly string[] =>
  comment === '' ? [] : [`${indent}/// ${comment}`]
