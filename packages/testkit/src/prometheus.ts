import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import type {} from './provided.ts'
import { testPort } from './test-port.ts'
import { startTiedProcess } from './tied-process.ts'
import { until } from './wait.ts'

/** A series, as Prometheus answers it: its labels, and its values, oldest first. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly values: readonly number[]
}

export interface AlertRule {
  readonly name: string
  readonly query: string
  /** What it came to when it was evaluated last; `unknown` before that. */
  readonly health: 'ok' | 'err' | 'unknown'
  readonly lastError?: string
  readonly state: 'inactive' | 'pending' | 'firing'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** A real Prometheus, which scrapes and evaluates every half second. */
export interface Prometheus extends AsyncDisposable {
  /** The values of an expression since then. Throws what Prometheus says of one that it does not understand. */
  since(from: Date, expression: string): Promise<readonly Series[]>
  /** The sum of an expression's values now; 0 of none. */
  sum(expression: string): Promise<number>
  rules(): Promise<readonly AlertRule[]>
}

const SCRAPE_INTERVAL = '500ms'

export async function startPrometheus(options: {
  /** Addresses, by the name of their job. */
  readonly targets: Readonly<Record<string, string>>
  readonly ruleFile: string
}): Promise<Prometheus> {
  const { directory: runDirectory } = inject('testRun')
  await mkdir(runDirectory, { recursive: true })
  const directory = await mkdtemp(join(runDirectory, 'prometheus-'))
  const configFile = join(directory, 'prometheus.yml')
  await writeFile(configFile, configuration(options.targets, options.ruleFile))

  const port = await testPort()
  const flags = [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ]
  const server = startTiedProcess(['prometheus', ...flags])
  const close = async () => {
    await server[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  }

  const url = `http://127.0.0.1:${port}`
  try {
    await until(async () => (await fetch(`${url}/-/ready`)).ok, { timeoutMs: 60_000, what: 'Prometheus is ready' })
  } catch (cause) {
    await close()
    throw new Error(`Prometheus does not start: ${server.said}`, { cause })
  }
  return { ...questions(`${url}/api/v1`), [Symbol.asyncDispose]: close }
}

/** YAML can be written as JSON. */
const configuration = (targets: Readonly<Record<string, string>>, ruleFile: string): string =>
  JSON.stringify({
    global: { scrape_interval: SCRAPE_INTERVAL, scrape_timeout: SCRAPE_INTERVAL, evaluation_interval: SCRAPE_INTERVAL },
    rule_files: [ruleFile],
    scrape_configs: Object.entries(targets).map(([name, address]) => ({
      job_name: name,
      static_configs: [{ targets: [address] }],
    })),
  })

interface Answer<Data> {
  readonly status: 'success' | 'error'
  readonly error?: string
  readonly data: Data
}

type Metric = Readonly<Record<string, string>>
type Point = readonly [seconds: number, value: string]

function questions(api: string): Pick<Prometheus, 'since' | 'sum' | 'rules'> {
  async function ask<Data>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<Data> {
    const response = await fetch(`${api}/${path}?${new URLSearchParams(parameters)}`)
    const { status, error, data } = (await response.json()) as Answer<Data>
    if (status === 'error') throw new Error(`Prometheus refuses ${JSON.stringify(parameters)}: ${error}`)
    return data
  }
  return {
    async since(from, expression) {
      const times = { start: from.toISOString(), end: new Date().toISOString(), step: '1s' }
      type Found = { readonly result: readonly { readonly metric: Metric; readonly values: readonly Point[] }[] }
      const { result } = await ask<Found>('query_range', { query: expression, ...times })
      return result.map(({ metric, values }) => ({ labels: metric, values: values.map(([, value]) => Number(value)) }))
    },
    async sum(expression) {
      type Found = { readonly result: readonly { readonly value: Point }[] }
      const { result } = await ask<Found>('query', { query: expression })
      return result.reduce((sum, { value: [, value] }) => sum + Number(value), 0)
    },
    async rules() {
      type Found = { readonly groups: readonly { readonly rules: readonly AlertRule[] }[] }
      return (await ask<Found>('rules', { type: 'alert' })).groups.flatMap(({ rules }) => rules)
    },
  }
}
