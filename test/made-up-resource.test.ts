import { readFile } from 'node:fs/promises'
import type { Resource } from '@rollcall/resources/define-resource'
import { resources } from '@rollcall/resources/registry'
import { captureLog } from '@rollcall/testkit/captured-log'
import { createDatabase } from '@rollcall/testkit/postgres'
import { createQueue } from '@rollcall/testkit/queue'
import { settingsOf } from '@rollcall/testkit/settings'
import { expect, test } from 'vitest'
import { startPipeline } from './pipeline.ts'
import { robot } from './robot/robot.ts'

const withRobots: readonly Resource[] = [...resources, robot]

test('[W8] a made-up resource, a folder and a line, is mirrored, goes with its owner, and is erased', async () => {
  await using database = await createDatabase()
  await using queue = await createQueue('redis')
  const settings = settingsOf({}, withRobots)
  const variables = { ...queue.variables, DATABASE_URL: database.url }
  await using pipeline = await startPipeline(variables, captureLog().log, settings)
  const example = (type: string) => readFile(new URL(`${type}.json`, robot.fixtures), 'utf8')
  const robots = () =>
    pipeline.query('select id, model, battery_percent, owner_id, deleted_at is not null as deleted from clerk.robots')

  const id = 'robot_2rollcallExampleMarvin1'
  expect(await pipeline.send(await example('robot.created'), 'msg_1')).toBe(200)
  await pipeline.untilSettled(1, 20_000)
  expect(await robots()).toEqual([
    {
      id,
      model: 'analytical engine',
      battery_percent: '42',
      owner_id: 'user_2rollcallExampleAda00001',
      deleted: false,
    },
  ])

  const ownerDeleted = {
    type: 'user.deleted',
    timestamp: 1_764_000_800_000,
    data: { id: 'user_2rollcallExampleAda00001' },
  }
  await pipeline.send(ownerDeleted, 'msg_2')
  await pipeline.untilSettled(2, 20_000)
  const gone = [{ id, model: null, battery_percent: null, owner_id: null, deleted: true }]
  expect(await robots()).toEqual(gone)

  await pipeline.send(await example('robot.deleted'), 'msg_3')
  await pipeline.untilSettled(3, 20_000)
  expect(await robots()).toEqual(gone)
  expect(
    await pipeline.query(
      "select id from clerk.webhook_events where resource = 'robot' and outcome = 'applied' order by 1",
    ),
  ).toEqual([{ id: 'msg_1' }, { id: 'msg_3' }])
})
