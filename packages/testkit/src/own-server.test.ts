import { postgresAnswers } from '@rollcall/embedded/postgres-answers'
import { redisAnswers } from '@rollcall/embedded/redis-answers'
import { Redis } from 'ioredis'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { startOwnPostgres } from './own-postgres.ts'
import { startOwnRedis } from './own-redis.ts'

const kinds = {
  Postgres: {
    start: () => startOwnPostgres(),
    answers: postgresAnswers,
    write: writeToPostgres,
    read: readFromPostgres,
  },
  Redis: { start: () => startOwnRedis(), answers: redisAnswers, write: writeToRedis, read: readFromRedis },
}

describe.each(Object.entries(kinds))('own %s', (_, { start, answers, write, read }) => {
  test('keeps address and data over stop and kill, and answers nothing while frozen', async () => {
    const server = await start()
    await using _ending = server
    await write(server.url)

    await server.stop()
    expect(await answers(server.url)).toBe(false)
    await server.start()
    await server.kill()
    expect(await answers(server.url)).toBe(false)
    await server.start()
    expect(await read(server.url)).toBe('kept')

    await server.freeze()
    expect(await answers(server.url)).toBe(false)
    await server.thaw()
    expect(await read(server.url)).toBe('kept')

    await server.freeze() // a frozen one can be disposed of too
    await server.dispose()
    expect(await answers(server.url)).toBe(false)
  })
})

async function writeToPostgres(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`create table note as select 'kept' as word`)
  await client.end()
}

async function readFromPostgres(url: string): Promise<string> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query('select word from note')
  await client.end()
  return rows[0].word
}

async function writeToRedis(url: string): Promise<void> {
  const redis = new Redis(url)
  await redis.set('note', 'kept')
  redis.disconnect()
}

async function readFromRedis(url: string): Promise<string | null> {
  const redis = new Redis(url)
  const word = await redis.get('note')
  redis.disconnect()
  return word
}
