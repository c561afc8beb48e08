import { tmpdir } from 'node:os'
import { configureConsole } from '@rollcall/console/config'
import { startConsole } from '@rollcall/console/console'
import { captureLog } from '@rollcall/testkit/captured-log'
import { launchChromium } from '@rollcall/testkit/chromium'
import { userBody } from '@rollcall/testkit/deliveries'
import { ensurePrometheus } from '@rollcall/testkit/install-prometheus'
import { createDatabase } from '@rollcall/testkit/postgres'
import { startPrometheus } from '@rollcall/testkit/prometheus'
import { createQueue } from '@rollcall/testkit/queue'
import { until } from '@rollcall/testkit/wait'
import { beforeAll, expect, test } from 'vitest'
import { ALERT_RULES, pathOf } from './observability-files.ts'
import { sendAll, startPipeline } from './pipeline.ts'

beforeAll(ensurePrometheus, 600_000)

const T0 = 1_764_000_000_000
const POISONED = 500

/** Processes look each fifteen seconds, and Prometheus each half. */
const PATIENCE_MS = 120_000

test('[P21] [X12] [Y1] a poisoned deploy: 500 events fail, an alert sees it, the console has one group, and one click mends it', {
  timeout: 400_000,
}, async () => {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await createDatabase())
  const queue = opened.use(await createQueue('redis'))
  const variables = { DATABASE_URL: database.url, ...queue.variables }
  const { log } = captureLog()
  const pipeline = opened.use(await startPipeline(variables, log))
  const config = await configureConsole({ ...variables, CONSOLE_PORT: '0' }, tmpdir())
  const url = `http://localhost:${opened.use(await startConsole(config, log)).port}`
  const { receiver, worker } = pipeline.opsPorts
  const prometheus = opened.use(
    await startPrometheus({
      targets: { receiver: `127.0.0.1:${receiver}`, worker: `127.0.0.1:${worker}` },
      ruleFile: pathOf(ALERT_RULES),
    }),
  )
  /** The alert's own expression, without the minute that it has to last. */
  const alert = (await prometheus.rules()).find(({ name }) => name === 'RollcallManyFailures')!
  const fires = async () => (await prometheus.sum(alert.query)) > 0

  // The deploy: a constraint that refuses what the app's users do.
  await pipeline.query("alter table clerk.users add constraint no_nickname check (first_name <> 'Nick')")
  const messages = Array.from({ length: POISONED }, (_, i) => ({
    messageId: `msg_${i}`,
    body: userBody({
      type: 'user.created',
      id: `user_${i}`,
      occurredAt: T0 + i,
      updatedAt: T0 + i,
      fields: { first_name: 'Nick' },
    }),
  }))
  const statuses = await sendAll(pipeline, messages, 20)
  expect(statuses.every((status) => status === 200)).toBe(true)
  await pipeline.untilSettled(POISONED, PATIENCE_MS)
  await until(fires, { timeoutMs: PATIENCE_MS, what: 'the alert sees the failures' })

  const browser = await launchChromium()
  opened.defer(() => browser.close())
  const page = await browser.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  await page.goto(`${url}/failed`)
  expect(await page.locator('tbody tr').count()).toBe(1)
  expect(await page.locator('tbody tr').textContent()).toMatch(/500[\s\S]*no_nickname[\s\S]*user\.created/)

  // The fix, and the click.
  await pipeline.query('alter table clerk.users drop constraint no_nickname')
  await page.getByRole('button', { name: 'Replay all' }).click()
  await page.getByRole('button', { name: `Replay ${POISONED} events` }).click()
  const isMended = async () => {
    const [row] = await pipeline.query<{ count: number }>(
      "select count(*)::integer as count from clerk.webhook_events where outcome = 'applied'",
    )
    return row!.count === POISONED
  }
  await until(isMended, { timeoutMs: PATIENCE_MS, what: 'all of them are applied' })
  await page.goto(`${url}/failed`)
  expect(await page.locator('tbody tr').count()).toBe(0)
  await until(async () => !(await fires()), { timeoutMs: PATIENCE_MS, what: 'the alert is over' })
})
