import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installDebianPackage } from '@rollcall/testkit/install-debian-package'
import { uniqueName } from '@rollcall/testkit/unique-name'
import { type Events, render, type Sign } from './events.ts'

const run = promisify(execFile)

const WHAT_TO_DO = 'The benchmark sends its load with wrk: install it (`apt install wrk`, `brew install wrk`).'

/** wrk counts a later answer as a timeout. Beyond what Svix waits (15 s), so that nothing but a hang is one. */
const ANSWER_SECONDS = 30

/** How much later than its pace has it the last answer may come before a run is given up. */
const PATIENCE_SECONDS = 300

/** What a run of wrk came to. */
export interface LoadReport {
  readonly requests: number
  readonly seconds: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
  /** Answers other than 2xx. */
  readonly refusals: number
  /** No answer: connections that broke or were refused, and answers that did not come in time. */
  readonly unanswered: number
}

/** Requests that are signed for a second without a pace: more than receiver and worker together have ever got through. */
const SIGNED_PER_SECOND = 24_000

export interface Load {
  /** For files of requests, which are gone afterwards. */
  readonly directory: string
  readonly port: unknown
  readonly path: string
  readonly sign: Sign
  /** What is sent, each event once; from which on. */
  readonly events: Events
  readonly from?: number
  readonly connections: number
  /** So long, each connection sending as soon as it is answered… */
  readonly seconds: number
  /** …or so many requests a second for so long, whichever connection is free, until the last one is answered. */
  readonly perSecond?: number | undefined
  /** Other than usual. */
  readonly signedPerSecond?: number
  /** Goes on beside it, from when the first request is sent. */
  readonly during?: (() => Promise<void>) | undefined
}

/** How many events a load takes, sent or not. */
export const eventsOf = ({
  seconds,
  perSecond,
  signedPerSecond = SIGNED_PER_SECOND,
}: Pick<Load, 'seconds' | 'perSecond' | 'signedPerSecond'>): number =>
  // wrk asks for one more than it sends.
  Math.ceil(seconds * (perSecond ?? signedPerSecond)) + 1

/** Signs requests ahead, since a signature holds for five minutes, and sends them from a process of its own. */
export async function sendLoad(load: Load): Promise<LoadReport> {
  const files = await writeRequests(load, eventsOf(load))
  try {
    const [report] = await Promise.all([runWrk(load, files), load.during?.()])
    return report
  } finally {
    await Promise.all([rm(files.template), rm(files.fields)])
  }
}

interface Files {
  readonly template: string
  readonly fields: string
}

async function writeRequests({ directory, port, path, sign, events, from = 0 }: Load, count: number): Promise<Files> {
  const name = join(directory, uniqueName('requests'))
  const files = { template: `${name}.template`, fields: `${name}.fields` }
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const signatureField = `{${events.fieldsOf(from).length + 1}}`
  const head = Object.entries({
    host: `127.0.0.1:${port}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(render(events, from))),
    ...sign('', '', nowSeconds).headers,
  }).map(([header, value]) => `${header}: ${value.replace('{signature}', signatureField)}\r\n`)
  await writeFile(files.template, `POST ${path} HTTP/1.1\r\n${head.join('')}\r\n${events.template}`)

  const file = createWriteStream(files.fields)
  for (let number = from; number < from + count; number++) {
    const fields = events.fieldsOf(number)
    const { signature } = sign(fields[0]!, render(events, number), nowSeconds)
    if (!file.write(`${fields.join('\t')}\t${signature}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
  return files
}

async function runWrk({ port, connections, seconds, perSecond }: Load, files: Files): Promise<LoadReport> {
  const script = fileURLToPath(new URL('./load.lua', import.meta.url))
  const atMostSeconds = Math.ceil(perSecond === undefined ? seconds : seconds + PATIENCE_SECONDS)
  const pace = perSecond === undefined ? [] : [String(perSecond), String(Math.ceil(seconds * perSecond))]
  const { stdout } = await run('setpriv', [
    ...['--pdeathsig', 'KILL', 'wrk', '-t', '1', '-c', String(connections), '-d', `${atMostSeconds}s`],
    ...['--timeout', `${ANSWER_SECONDS}s`, '--latency', '-s', script, `http://127.0.0.1:${port}/`, '--'],
    ...[files.template, files.fields, String(connections), ...pace],
  ])
  const report = JSON.parse(/^REPORT (.*)$/m.exec(stdout)![1]!)
  const wentBy = report.microseconds / 1e6
  if (report.ranOut)
    throw new Error(`${report.requests} requests are too few for ${seconds} s, ${wentBy} s went by: sign more`)
  return {
    requests: report.requests,
    seconds: wentBy,
    perSecond: (report.requests - report.status) / wentBy,
    p50Ms: report.p50 / 1e3,
    p99Ms: report.p99 / 1e3,
    p999Ms: report.p999 / 1e3,
    maxMs: report.max / 1e3,
    refusals: report.status,
    unanswered: report.connect + report.read + report.write + report.timeout,
  }
}

/** Sees to it that wrk is on the PATH; where it is not, this is Debian and we are root, it is installed. */
export async function ensureWrk(): Promise<void> {
  const isThere = await run('sh', ['-c', 'command -v wrk']).then(
    () => true,
    () => false,
  )
  if (!isThere) await installDebianPackage('wrk', WHAT_TO_DO)
}
