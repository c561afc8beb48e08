import { user } from '@rollcall/resources/user/user'
import { expect, test } from 'vitest'
import { UsageError } from './command.ts'
import { exampleEvent } from './example-event.ts'

const NOW = 1_800_000_000_000
const event = (type: string, changes: readonly string[] = [], id?: string) =>
  exampleEvent(user, type, { id, changes, now: NOW })

test('[C6] the example happens now', async () => {
  expect(await event('user.created')).toMatchObject({ timestamp: NOW, data: { created_at: NOW, updated_at: NOW } })
  expect((await event('user.updated')).data).toMatchObject({ updated_at: NOW })
  expect((await event('user.deleted')).data).not.toHaveProperty('updated_at')
})

test('[C6] --id and --set change the data; JSON is taken as JSON, all else as text', async () => {
  const changes = [
    'first_name=Grace',
    'public_metadata.plan.name=pro',
    'banned=true',
    'last_name=null',
    'username=a=b',
    'image_url=',
  ]
  expect((await event('user.created', changes, 'user_x')).data).toMatchObject({
    id: 'user_x',
    first_name: 'Grace',
    public_metadata: { plan: { name: 'pro' } },
    banned: true,
    last_name: null,
    username: 'a=b',
    image_url: '',
  })
})

test.each(['first_name', '=x', ''])('[C6] --set %j is refused with a sentence', async (change) => {
  await expect(event('user.created', [change])).rejects.toThrow(
    new UsageError(`--set takes <path>=<value>, not \`${change}\`.`),
  )
})
