import { everything } from '@rollcall/testkit/catalog'
import { createTestMirror } from '@rollcall/testkit/mirror'
import { runSeed } from '@rollcall/testkit/seed'
import { expect, test } from 'vitest'
import { applyBodies } from './apply-bodies.ts'
import { applyRound } from './apply-round.ts'
import { everyPlaceHolding } from './bodies.ts'
import { scrambled } from './json-text.ts'
import { mapBodies } from './map-bodies.ts'
import { newTally, totalOf } from './tally.ts'

const seed = runSeed()

test(`[W20] whatever a body is, it is understood as the rules say, and made into what Postgres stores (seed ${seed})`, () => {
  expect(totalOf(mapBodies(everything(), { count: 5_000, seed }))).toBe(5_000)
})

test(`[W20] [W23] whatever an event says, it ends once, harms no other, and is kept to the letter (seed ${seed})`, async () => {
  await using mirror = await createTestMirror()
  const { compared } = await applyRound(mirror, mirror.catalog, { count: 1_000, seed }, () => {})
  expect(compared).toBeGreaterThan(50)
})

/** Each of these once never came to the ledger, and had its worker ask Postgres without end. */
const PINNED = [
  `user_${scrambled(20_000)}`,
  `{"type":"robot.created","data":"user_${scrambled(20_000)}"}`,
  `{"type":"user.created","data":{"id":"user_${scrambled(20_000)}"}}`,
  `{"type":"session.created","data":{"id":"","user_id":"${scrambled(20_000)}"}}`,
]

test('[W20] events that tell of users by ids which no index takes end once, and harm no other', async () => {
  await using mirror = await createTestMirror()
  const application = { mirror, catalog: mirror.catalog, tally: newTally(), name: 'pinned' }
  const bodies = PINNED.map((body) => ({ kind: 'pinned', raw: Buffer.from(body) }))
  await applyBodies(application, { bodies, number: 1, goodAt: 2 })
  expect(totalOf(application.tally)).toBe(PINNED.length + 1)
})

const long = {
  'a text too long for any index': `"${scrambled(20_000)}"`,
  'an id of a user that is too long for any': `"user_${scrambled(20_000)}"`,
}

for (const [what, value] of Object.entries(long)) {
  test(`[W21] ${what}, in any place of any resource's example, fails no event for its length`, async () => {
    await using mirror = await createTestMirror()
    const application = { mirror, catalog: mirror.catalog, tally: newTally(), name: 'long' }
    const bodies = everyPlaceHolding(mirror.catalog.all, value)
    for (let i = 0; i < bodies.length; i += 100) {
      await applyBodies(application, { bodies: bodies.slice(i, i + 100), number: i, goodAt: 7 })
    }
    expect(totalOf(application.tally)).toBeGreaterThan(bodies.length)
  })
}
