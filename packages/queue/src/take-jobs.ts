import type { Cluster, Redis } from 'ioredis'
import { type RedisScript, runScript } from './redis-script.ts'

/** A job that was handed out. */
export interface TakenJob {
  readonly id: string
  /** JSON, as it was put on the queue. */
  readonly data: string
  /** JSON, where it tells of a trace; else empty. */
  readonly opts: string
  readonly attemptsMade: number
}

export interface Taken {
  readonly jobs: readonly TakenJob[]
  /** Whether BullMQ has to be asked for the next job: it promotes delayed jobs, and knows priorities and limits. */
  readonly asksBullMQ: boolean
  /** When the next delayed job is due, in milliseconds. */
  readonly nextDelayedAt: number | undefined
}

/** A step that hands out megabytes holds up Redis, and whoever takes them, as long as one of thousands of jobs. */
const MOST_BYTES_TAKEN = 2_097_152

/**
 * What BullMQ 6.7's `moveToActive` does for one waiting job, for as many as are wanted: the same keys and fields, so that
 * its scripts for stalled jobs, locks and failures fit. Whatever is more than handing out what waits is left to it.
 */
const TAKE: RedisScript = {
  name: 'rollcallTakeJobs',
  numberOfKeys: 6,
  lua: `
local wait, active, meta, marker = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local delayed, prioritized = KEYS[5], KEYS[6]
local prefix, now, token, lockMs, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local mostBytes = ${MOST_BYTES_TAKEN}
local limits = redis.call('HMGET', meta, 'paused', 'concurrency', 'max')
if limits[1] then return {0, 0} end
if limits[2] or limits[3] then return {1, 0} end

local asks = 0
local nextDelayed = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')[2]
local nextDelayedAt = nextDelayed and math.floor(tonumber(nextDelayed) / 0x1000) or 0
if nextDelayed and nextDelayedAt <= tonumber(now) then asks = 1 end

local ids = redis.call('LRANGE', wait, -most, -1)
local answer = {asks, nextDelayedAt}
if #ids == 0 then
  if redis.call('ZCARD', prioritized) > 0 then answer[1] = 1 end
  return answer
end
local jobs, bytes = {}, 0
-- The last one has waited longest.
for i = #ids, 1, -1 do
  if bytes >= mostBytes then break end
  local job = redis.call('HMGET', prefix .. ids[i], 'data', 'opts', 'atm', 'ats')
  jobs[#jobs + 1] = job
  if job[1] then bytes = bytes + #job[1] end
end
-- Before anything else is written: a Redis that is full lets a script go on that has begun with what takes no memory [Q60].
redis.call('LTRIM', wait, 0, -#jobs - 1)
local taken = {}
for i, job in ipairs(jobs) do
  local id = ids[#ids - i + 1]
  local key = prefix .. id
  -- A job that somebody has removed while it waited leaves its id behind.
  if job[1] then
    redis.call('SET', key .. ':lock', token, 'PX', lockMs)
    redis.call('HSET', key, 'processedOn', now, 'ats', (tonumber(job[4]) or 0) + 1)
    taken[#taken + 1] = id
    answer[#answer + 1] = id
    answer[#answer + 1] = job[1]
    answer[#answer + 1] = job[2] and string.find(job[2], '"tm":', 1, true) and job[2] or ''
    answer[#answer + 1] = job[3] or '0'
  else
    redis.call('DEL', key)
  end
end
if #taken > 0 then redis.call('LPUSH', active, unpack(taken)) end
if redis.call('EXISTS', wait) == 1 then redis.call('ZADD', marker, 0, '0') end
return answer`,
}

/** Hands out up to `most` waiting jobs, fewer where they are large, oldest first, each locked for so long by the token. */
export async function takeJobs(
  client: Redis | Cluster,
  toKey: (name: string) => string,
  options: { readonly token: string; readonly lockMs: number; readonly most: number; readonly now: number },
): Promise<Taken> {
  const { token, lockMs, most, now } = options
  const keys = ['wait', 'active', 'meta', 'marker', 'delayed', 'prioritized'].map(toKey)
  const answer = await runScript(client, TAKE, keys, [toKey(''), now, token, lockMs, most])
  const [asks, nextDelayedAt, ...fields] = answer as [number, number, ...string[]]
  const jobs: TakenJob[] = []
  for (let i = 0; i < fields.length; i += 4) {
    const [id, data, opts, attemptsMade] = fields.slice(i, i + 4) as [string, string, string, string]
    jobs.push({ id, data, opts, attemptsMade: Number(attemptsMade) })
  }
  return { jobs, asksBullMQ: asks === 1, nextDelayedAt: nextDelayedAt === 0 ? undefined : nextDelayedAt }
}
