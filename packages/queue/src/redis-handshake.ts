import { connect as connectPlainly, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectByTls } from 'node:tls'
import type { ConnectionProblem } from '@rollcall/shared/connection-problem'
import type { RedisNode } from '@rollcall/shared/redis-address'
import type { TlsFiles } from '@rollcall/shared/tls-files'
import { connectionProblem, redisProblem } from './redis-problem.ts'

/** Several times what a handshake across a continent takes, and short enough to be told within what people wait for. */
const ANSWER_MS = 1_000

/** What came of saying PING to a node; an error answer is an answer. `isOpen`: the connection, and its TLS, was there. */
interface Greeting {
  readonly isOpen: boolean
  readonly outcome: 'answers' | 'hangs_up' | 'silent' | Error
}

/**
 * Whether a node answers at all, and if not, why, where that tells something to do. The client itself cannot tell: a server
 * that hangs up, or is silent because it waits for something else, is to it as one that is away.
 */
export async function shakeHands(
  node: RedisNode,
  tls: TlsFiles | undefined,
): Promise<'answers' | ConnectionProblem | undefined> {
  const { isOpen, outcome } = await (tls ? greetByTls({ ...node, ...tls }) : greetPlainly(node))
  if (outcome === 'answers') return outcome
  if (outcome instanceof Error) return redisProblem(outcome)
  const hangsUp = isOpen && outcome === 'hangs_up'
  if (tls && hangsUp) return connectionProblem('HANGS_UP')
  // A frozen server is silent too: so the other way has to work.
  if (tls && !isOpen && (await greetPlainly(node)).outcome === 'answers') return connectionProblem('SPEAKS_NO_TLS')
  // Whose certificate it is does not matter, for nothing is sent but PING; one that wants ours refuses us only then.
  if (!tls && hangsUp && (await greetByTls({ ...node, rejectUnauthorized: false })).isOpen) {
    return connectionProblem('SPEAKS_TLS')
  }
  return undefined
}

const greetPlainly = (node: RedisNode) => greet(connectPlainly(node), 'connect')
const greetByTls = (options: ConnectionOptions) => greet(connectByTls(options), 'secureConnect')

async function greet(socket: Socket, opened: 'connect' | 'secureConnect'): Promise<Greeting> {
  const { promise, resolve } = Promise.withResolvers<Greeting>()
  let isOpen = false
  const settle = (outcome: Greeting['outcome']) => resolve({ isOpen, outcome })
  const timer = setTimeout(settle, ANSWER_MS, 'silent')
  socket.once(opened, () => {
    isOpen = true
    socket.write('PING\r\n')
  })
  socket.once('data', () => settle('answers'))
  socket.on('error', (error: NodeJS.ErrnoException) => {
    settle(isOpen && /^(ECONNRESET|EPIPE)$/.test(error.code ?? '') ? 'hangs_up' : error)
  })
  socket.once('close', () => settle('hangs_up'))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}
