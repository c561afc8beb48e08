import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { isAlive } from '@rollcall/embedded/process-table'
import type { Environment } from '@rollcall/shared/config'

/** Where `rollcall start` keeps what outlives it. */
export const HOME = '.rollcall'

/** Written by `rollcall start` while it runs, so that the other commands find it. */
const RUNNING = join(HOME, 'running.json')

/** A running `rollcall start`: the variables that reach it, and where its receiver is. */
export interface Running {
  readonly pid: number
  readonly webhookUrl: string
  readonly environment: Environment
}

/** The variables that commands see: the process's, then `.env`, then those of a running `rollcall start`. */
export async function readEnvironment(environment: Environment): Promise<Environment> {
  return { ...(await readRunning())?.environment, ...(await readDotEnv()), ...defined(environment) }
}

export async function readDotEnv(): Promise<Environment> {
  const text = await readText('.env')
  return text === undefined ? {} : defined(parseEnv(text))
}

/** What `rollcall start` wrote, if the process that wrote it is alive. */
export async function readRunning(): Promise<Running | undefined> {
  const text = await readText(RUNNING)
  if (text === undefined) return undefined
  const running = JSON.parse(text) as Running
  return (await isAlive(running.pid)) ? running : undefined
}

export const runningFile = RUNNING

/** Empty values count as unset, as in a shell's `NAME= command`. */
const defined = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''))

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
