import { ConnectionProblem } from '@rollcall/shared/connection-problem'
import { tlsProblem } from '@rollcall/shared/tls-errors'

/** What can be wrong with a `REDIS_URL` or with the server that it names, and what to do about it. */
const SENTENCES = {
  NOAUTH: 'Redis asks for a password, and REDIS_URL has none. Write it there: redis://user:password@host.',
  WRONGPASS:
    'Redis refuses the user or the password in REDIS_URL. Correct them; special characters are percent-encoded.',
  NOPERM:
    "The user in REDIS_URL may not do what the queue needs. Give it the queue's commands and keys; docs/redis.md lists them.",
  DENIED:
    'Redis is in protected mode: without a password it talks to its own machine only. Set a password, and write it into REDIS_URL.',
  READONLY: 'REDIS_URL names a replica, which takes no writes. Let it name the master, or the Sentinels that know it.',
  MOVED:
    'REDIS_URL names one node of a Redis Cluster as if there were no others. Write redis+cluster:// in place of redis://.',
  NO_CLUSTER: 'REDIS_URL names a Redis Cluster, and its server is none. Let it be one redis:// or rediss:// URL.',
  CLUSTERDOWN:
    'The Redis Cluster answers and does not serve: a master is away, and no replica has taken its place. Look at `redis-cli cluster info`, and bring its nodes back.',
  NO_MASTER:
    'The Sentinels know no master of the name in REDIS_URL. It stands behind the slash; `sentinel monitor` in their configuration says it.',
  NO_SENTINEL: 'REDIS_URL names Sentinels, and what answers is none. Their port is 26379, where nobody changed it.',
  SPEAKS_TLS: 'The server of REDIS_URL speaks TLS, and REDIS_URL does not. Write rediss:// in place of redis://.',
  SPEAKS_NO_TLS:
    'The server of REDIS_URL does not speak TLS, which REDIS_URL asks for. Turn it on there, or write redis:// in place of rediss://.',
  HANGS_UP:
    'The server of REDIS_URL hangs up once TLS is agreed on, as one does that wants a certificate of us. Let `sslcert` and `sslkey` in REDIS_URL name one that it trusts.',
} as const satisfies Record<string, string>

type Code = keyof typeof SENTENCES

/** Redis begins an error with a code; these have none of their own. */
const BY_TEXT: readonly (readonly [RegExp, Code])[] = [
  [/^ERR This instance has cluster support disabled/, 'NO_CLUSTER'],
  [/^ERR No such master with that name/, 'NO_MASTER'],
  [/^ERR unknown command .?sentinel/i, 'NO_SENTINEL'],
]

/** What ioredis says around the last answer of a Sentinel, of which it keeps the text only. */
const LAST_OF_SENTINELS = /^All sentinels are unreachable.*? Last error: (.*)$/

export const connectionProblem = (code: Code, cause?: unknown): ConnectionProblem =>
  new ConnectionProblem(code, SENTENCES[code], { cause })

/** Why Redis cannot be used, if an error of the client's, or of a command, tells a reason that people can do something about. */
export function redisProblem(thrown: unknown): ConnectionProblem | undefined {
  if (!(thrown instanceof Error)) return undefined
  if (thrown instanceof ConnectionProblem) return thrown
  const sentence = tlsProblem(thrown, 'REDIS_URL')
  if (sentence) return new ConnectionProblem(String((thrown as { code?: unknown }).code), sentence, { cause: thrown })
  const code = codeOf(thrown)
  if (code) return connectionProblem(code, thrown)
  // A cluster that cannot be had at all tells of the last node that was asked.
  const { lastNodeError } = thrown as { lastNodeError?: unknown }
  return redisProblem(lastNodeError) ?? redisProblem(thrown.cause)
}

function codeOf(error: Error): Code | undefined {
  const reply = error.name === 'ReplyError' ? error.message : LAST_OF_SENTINELS.exec(error.message)?.[1]
  if (reply === undefined) return undefined
  const code = reply.split(' ', 1)[0]!
  return Object.hasOwn(SENTENCES, code) ? (code as Code) : BY_TEXT.find(([text]) => text.test(reply))?.[1]
}
