import { loadSettings } from '@rollcall/config/load-settings'
import type { Catalog } from '@rollcall/resources/catalog'
import { loadConfig } from '@rollcall/shared/config'
import { variables } from '@rollcall/shared/variables'
import { type Call, type Command, UsageError } from '../command.ts'
import { drizzleModule } from '../schema/drizzle.ts'
import { mirroredTables } from '../schema/mirrored-tables.ts'
import { prismaModels } from '../schema/prisma.ts'
import { sqlStatements } from '../schema/sql.ts'

const Config = { DATABASE_SCHEMA: variables.DATABASE_SCHEMA, ROLLCALL_CONFIG: variables.ROLLCALL_CONFIG }

type Write = (catalog: Catalog, schema: string) => Promise<readonly string[]>

/** For which tools the tables can be written down, and how. */
const TOOLS: Readonly<Record<'drizzle' | 'prisma' | 'sql', Write>> = {
  drizzle: async (catalog, schema) => drizzleModule(await mirroredTables(catalog), schema),
  prisma: async (catalog, schema) => prismaModels(await mirroredTables(catalog), schema),
  sql: sqlStatements,
}

export const schema: Command = {
  summary: 'Prints the mirrored tables for other tools: Drizzle, Prisma, or as SQL.',
  usage: '--drizzle | --prisma | --sql',
  options: { drizzle: { type: 'boolean' }, prisma: { type: 'boolean' }, sql: { type: 'boolean' } },
  help: {
    drizzle: 'as a TypeScript module for Drizzle',
    prisma: 'as models for Prisma',
    sql: 'as the statements with which `migrate` makes them',
  },
  notes: [
    'It prints what rollcall.config.ts mirrors, in the schema that DATABASE_SCHEMA names, and asks no database. For Kysely there',
    "are types: `import type { ClerkTables } from '@rollcall/client'`.",
  ],
  examples: [
    { call: 'schema --drizzle', shows: 'for a file beside your own schema, `… --drizzle > src/clerk.ts`' },
    { call: 'schema --prisma', shows: 'likewise, `… --prisma > prisma/clerk.prisma`' },
    { call: 'schema --sql', shows: 'for whatever reads SQL' },
  ],
  words: [0, 0],
  async run(call, { environment, folder, print }) {
    const write = toolOf(call)
    const config = loadConfig(Config, environment)
    const { catalog } = await loadSettings(config.ROLLCALL_CONFIG, folder)
    for (const line of await write(catalog, config.DATABASE_SCHEMA)) print(line)
    return 0
  },
}

function toolOf({ options }: Call): Write {
  const [asked, ...others] = Object.entries(TOOLS).filter(([name]) => options[name] === true)
  if (!asked || others.length > 0) throw new UsageError('Say for which tool: --drizzle, --prisma or --sql.')
  return asked[1]
}
