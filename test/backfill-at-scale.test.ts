import { openMirror } from '@rollcall/mirror/database'
import { captureLog } from '@rollcall/testkit/captured-log'
import { everything } from '@rollcall/testkit/catalog'
import { startBackendApi } from '@rollcall/testkit/clerk/backend-api'
import { differences } from '@rollcall/testkit/clerk/differences'
import { createClerkInstance } from '@rollcall/testkit/clerk/instance'
import { seededRandom } from '@rollcall/testkit/clerk/random'
import { createSvix, type Svix } from '@rollcall/testkit/clerk/svix'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { runSeed } from '@rollcall/testkit/seed'
import { until } from '@rollcall/testkit/wait'
import { expect, test } from 'vitest'
import { startPipeline } from './pipeline.ts'
import { startRollcall } from './rollcall.ts'

/** `pnpm test:scale` sets it to 100,000; the suite plays a short round. */
const USERS = Number(process.env.SCALE_USERS ?? 4_500)
/** Of the users, by events that arrive while the backfill runs. */
const CHANGED = USERS / 20
const PAGES = USERS / 500
const MOST_MEGABYTES = 250

const seed = runSeed()

test(`[K1] [K9] ${USERS} users, killed twice on the way, with ${CHANGED} of them changing meanwhile, end as Clerk has them (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  await using database = await createDatabase()
  await using queue = await createQueue('redis')
  const catalog = everything()
  const variables = { ...queue.variables, DATABASE_URL: database.url }
  await using pipeline = await startPipeline(variables, captureLog().log)

  let svix: Svix | undefined
  const instance = createClerkInstance({
    now: Date.now,
    environment: 'production',
    emit: ({ body }) => svix?.send(body),
  })
  instance.seedUsers(USERS)
  svix = createSvix({
    url: pipeline.url,
    secret: pipeline.secret,
    now: Date.now,
    random,
    chooseFate: () => ({ duplicates: random() < 0.1 ? 1 : 0, delayMs: Math.floor(random() * 2_000) }),
    reorder: true,
  })
  await using clerk = await startBackendApi(instance)

  const ids = instance.users.all().map(({ id }) => id)
  const some = () => ids[Math.floor(random() * ids.length)]!
  let changed = 0
  function change(): void {
    const id = some()
    const kind = random()
    if (kind < 0.1) instance.createUser({ first_name: `New ${changed}` })
    else if (!instance.users.get(id)) return
    else if (kind < 0.2) instance.deleteUser(id)
    else instance.updateUser(id, { first_name: `Changed ${changed}` })
    changed++
  }
  // Before each page as many changes as make them all, should nothing be read twice.
  let pages = 0
  clerk.beforeAnswer((path) => {
    if (!path.startsWith('/v1/users?')) return
    pages++
    for (let i = 0; i < CHANGED / PAGES && changed < CHANGED; i++) change()
  })
  const underFire = new AbortController()
  const delivering = (async () => {
    while (!underFire.signal.aborted || svix.pending() > 0) {
      await svix.deliverDue()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()

  const start = () =>
    startRollcall('/', ['backfill', 'users', '--json'], {
      ...variables,
      CLERK_SECRET_KEY: clerk.secretKey,
      CLERK_API_URL: clerk.url,
    })
  for (const killedAt of [PAGES / 3, (PAGES * 2) / 3]) {
    const running = start()
    await until(() => pages >= killedAt || running.child.exitCode !== null, {
      timeoutMs: 300_000,
      what: `page ${killedAt} is asked for`,
    })
    running.child.kill('SIGKILL')
    const { stderr } = await running.finished
    expect({ signal: running.child.signalCode, stderr }).toEqual({
      signal: 'SIGKILL',
      stderr: expect.stringContaining('user'),
    })
  }
  const { code, stdout, stderr } = await start().finished
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Going on with the backfill') })
  while (changed < CHANGED) change()
  underFire.abort()
  await delivering
  await pipeline.untilSettled(svix.delivered, 120_000)

  const mirror = openMirror({ databaseUrl: database.url, schema: 'clerk', poolSize: 2, onError: () => undefined })
  try {
    expect(await differences(mirror, catalog, instance)).toEqual([])
  } finally {
    await mirror.close()
  }
  const { resources, peakMemoryMegabytes, seconds } = JSON.parse(stdout)
  console.log(
    `${USERS} users: the last run took ${seconds} s and ${peakMemoryMegabytes} MB; ${clerk.requests.length} requests.`,
  )
  expect(peakMemoryMegabytes).toBeLessThan(MOST_MEGABYTES)
  expect(resources.user.failed).toBe(0)
  expect(clerk.rateLimited).toBe(0)
}, 1_200_000)
