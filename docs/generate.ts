import { readFile, writeFile } from 'node:fs/promises'
import { Config as Console } from '@rollcall/console/config'
import { Config as Receiver } from '@rollcall/receiver/config'
import { Config as Worker } from '@rollcall/worker/config'
import { z } from 'zod'
import { commandsPage } from './commands-page.ts'
import { logEventsPage } from './log-events-page.ts'
import { metricsPage } from './metrics-page.ts'
import { outcomesPage } from './outcomes-page.ts'
import { tablesPage } from './tables-page.ts'
import { tracingPage } from './tracing-page.ts'

/** `pnpm docs`: writes the pages that are told by the code, by their names. A test holds them to it [C3]. */
export const PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  'commands.md': commandsPage,
  'configuration.md': configurationPage,
  'log-events.md': logEventsPage,
  'metrics.md': metricsPage,
  'outcomes.md': outcomesPage,
  'tables.md': tablesPage,
  'tracing.md': tracingPage,
}

const PROCESSES = { receiver: Receiver, worker: Worker, console: Console } as const

interface Variable {
  readonly description: string
  readonly default: string
  readonly readBy: readonly string[]
}

/** The page on environment variables, in Markdown. */
function configurationPage(): string {
  const variables = new Map<string, Variable>()
  for (const [process, shape] of Object.entries(PROCESSES)) {
    const schema = z.toJSONSchema(z.object(shape as z.ZodRawShape), { io: 'input', unrepresentable: 'any' })
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      if (typeof field === 'boolean') continue
      const isRequired = schema.required?.includes(name) ?? false
      const known = variables.get(name)
      const own = isRequired ? 'required' : field.default === undefined ? '' : `\`${field.default}\``
      variables.set(name, {
        description: field.description ?? '',
        default: known && known.default !== own ? `${known.default || 'optional'}; ${process}: ${own}` : own,
        readBy: [...(known?.readBy ?? []), process],
      })
    }
  }
  return [
    '# Configuration',
    '',
    '<!-- Written by `pnpm docs`. Change packages/shared/src/variables.ts instead. -->',
    '',
    'Every process reads its environment once, when it starts, and reports all that is wrong with it together: by name,',
    'never with a value. An empty variable counts as unset. `rollcall` and `pnpm start` read `.env` as well; the shell wins.',
    '',
    '| variable | read by | default | meaning |',
    '| --- | --- | --- | --- |',
    ...[...variables]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([name, { description, default: value, readBy }]) =>
          `| \`${name}\` | ${readBy.join(', ')} | ${value || '—'} | ${description.replaceAll('|', '\\|')} |`,
      ),
    '',
    'The receiver needs `DATABASE_URL` only where `REDIS_URL` is unset, because the queue then lives in Postgres.',
    'The `rollcall` commands read the same variables by the same names.',
    '',
  ].join('\n')
}

const fileOf = (page: string): URL => new URL(page, import.meta.url)

export const writtenPage = (page: string): Promise<string> => readFile(fileOf(page), 'utf8')

if (import.meta.main) for (const [page, text] of Object.entries(PAGES)) await writeFile(fileOf(page), await text())
