import type { Cluster, Redis } from 'ioredis'
import { type RedisScript, runScript } from './redis-script.ts'

/**
 * What BullMQ 6.7's `moveToFinished` does for one job that completed and is to leave nothing, for all at once. Answers how many
 * were not ours any more: their locks had run out, and another worker has them or had them.
 */
const FINISH: RedisScript = {
  name: 'rollcallFinishJobs',
  numberOfKeys: 2,
  lua: `
local active, stalled = KEYS[1], KEYS[2]
local prefix, token = ARGV[1], ARGV[2]
local lost, ours = 0, {}
for i = 3, #ARGV do
  local id = ARGV[i]
  local key = prefix .. id
  if redis.call('GET', key .. ':lock') == token and redis.call('LREM', active, -1, id) == 1 then
    redis.call('DEL', key, key .. ':lock', key .. ':logs')
    ours[#ours + 1] = id
  else
    lost = lost + 1
  end
end
if #ours > 0 then redis.call('SREM', stalled, unpack(ours)) end
return lost`,
}

/** Removes jobs that have completed, in one step. Answers how many of them the token holds no more. */
export async function finishJobs(
  client: Redis | Cluster,
  toKey: (name: string) => string,
  token: string,
  ids: readonly string[],
): Promise<number> {
  return (await runScript(client, FINISH, [toKey('active'), toKey('stalled')], [toKey(''), token, ...ids])) as number
}
