import { expect, test } from 'vitest'
import { event, T0, useMirror } from './test-deletions.ts'

const ROUNDS = 10

const { applyTogether, rows } = useMirror()

const addressOf = (name: string, round: number) => `${name}${round}@example.com`
const user = (name: string, round: number) =>
  event('user.created', `user_${name}${round}`, 0, {
    updated_at: T0,
    email_addresses: [{ id: 'idn_1', email_address: addressOf(name, round) }],
  })
const deletion = (name: string, round: number) => event('user.deleted', `user_${name}${round}`, 20, { deleted: true })
/** Clerk writes to an address, and names nobody. */
const email = (name: string, round: number, at: number) =>
  event('email.created', `ema_${name}${round}`, at, { updated_at: T0 + at, to_email_address: addressOf(name, round) })

test('[U2] batches that each delete a user and write to the address of the other’s wait for each other', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    await applyTogether(user('ada', round), user('bob', round), email('ada', round, 1), email('bob', round, 1))
    const together = [
      applyTogether(deletion('ada', round), email('bob', round, 2)),
      applyTogether(deletion('bob', round), email('ada', round, 2)),
    ]
    for (const outcomes of await Promise.all(together)) expect(outcomes).toEqual(['applied', 'applied'])
  }
})

test('[U2] [T3] late events of what went with a user, in several batches at once, wait for each other', async () => {
  const session = (name: string, round: number, at: number) =>
    event('session.removed', `sess_${name}${round}`, at, { updated_at: T0 + at, user_id: `user_late${round}` })
  for (let round = 0; round < ROUNDS; round += 1) {
    await applyTogether(user('late', round), session('a', round, 1), session('b', round, 1))
    await applyTogether(deletion('late', round))
    const together = [
      applyTogether(session('a', round, 30), session('c', round, 30)),
      applyTogether(session('b', round, 30), session('d', round, 30)),
    ]
    for (const outcomes of await Promise.all(together)) expect(outcomes).toEqual(['applied', 'applied'])
  }
  const sessions = await rows('sessions')
  expect(sessions).toHaveLength(4 * ROUNDS)
  expect(sessions.filter(({ deleted_at }) => deleted_at === null)).toEqual([])
})
