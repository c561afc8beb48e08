import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Resource } from '@rollcall/resources/define-resource'
import { resources } from '@rollcall/resources/registry'
import { ConfigError } from '@rollcall/shared/config'
import { checkConfig } from './check-config.ts'
import type { Settings } from './settings.ts'

/** Looked for in the folder where the process runs. */
const FILE = 'rollcall.config.ts'

/**
 * Loads the configuration file: the one that is named, which must be there, or `rollcall.config.ts`, which need not be.
 * Throws a `ConfigError` that says all that is wrong with it.
 */
export async function loadSettings(
  named: string | undefined,
  folder: string,
  all: readonly Resource[] = resources,
): Promise<Settings> {
  const path = resolve(folder, named ?? FILE)
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (!isThere && named !== undefined)
    throw new ConfigError(
      `ROLLCALL_CONFIG names ${path}, which is not there. Mend the name, or unset it if you have no such file.`,
    )

  const checked = checkConfig(isThere ? await importDefault(path) : {}, all)
  if ('settings' in checked) return checked.settings
  throw new ConfigError(
    [
      `Rollcall cannot start with ${path}:`,
      ...checked.problems.map((problem) => `  ${problem}`),
      'Mend what is named above; docs/shaping.md explains what the file may hold.',
    ].join('\n'),
  )
}

async function importDefault(path: string): Promise<unknown> {
  let module: Readonly<Record<string, unknown>>
  try {
    module = await import(pathToFileURL(path).href)
  } catch (cause) {
    throw new ConfigError(`${path} cannot be loaded: ${whyNotLoaded(cause)}`, { cause })
  }
  if (!('default' in module)) {
    throw new ConfigError(`${path} has no default export. End it with \`export default defineConfig({ … })\`.`)
  }
  return module.default
}

/** What to do about what Node says of a file, where that does not tell by itself. */
const ADVICE: Readonly<Record<string, string>> = {
  ERR_MODULE_NOT_FOUND: 'A file is imported by its whole name, `./welcome.ts`; a package must be installed.',
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX:
    'Node runs the file as it is and leaves out its types: enums, namespaces and parameter properties are more than types.',
}

/** Node's reason, where in the user's files it is, and what to do. */
function whyNotLoaded(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const { code } = cause as { code?: unknown }
  const advice = typeof code === 'string' ? ADVICE[code] : undefined
  const details = [placeIn(cause.stack ?? ''), advice].filter((detail) => detail !== undefined)
  return [cause.message, ...details.map((detail) => detail.replaceAll(/^/gm, '  '))].join('\n')
}

/** Of wrong syntax, Node puts file, line and source before the stack; of what a file throws, file and line into it. */
function placeIn(stack: string): string | undefined {
  const source = stack.slice(0, Math.max(0, stack.search(/^\w*Error\b/m))).trimEnd()
  return source === '' ? /^\s+(at .*file:\/\/.+)$/m.exec(stack)?.[1] : source
}
