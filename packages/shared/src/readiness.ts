import { ConnectionProblem } from './connection-problem.ts'
import { DeadlineExceeded, withDeadline } from './deadline.ts'

/** What one part of a process says of itself. `warned` is ready, and worth a person's attention. */
export interface Check {
  readonly status: 'passed' | 'warned' | 'failed'
  readonly message: string
}

export const passed = (message: string): Check => ({ status: 'passed', message })
export const warned = (message: string): Check => ({ status: 'warned', message })
export const failed = (message: string): Check => ({ status: 'failed', message })

export type Checks = Readonly<Record<string, () => Check | Promise<Check>>>

export interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, Check>>
}

/** Below the second or so that load balancers and kubelets give a probe by default, twice over. */
const CHECK_DEADLINE_MS = 2_000

/** Asks every part at the same time; one that throws or does not answer has failed. */
export async function readiness(checks: Checks): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await answer(check)] as const),
  )
  return { ready: results.every(([, check]) => check.status !== 'failed'), checks: Object.fromEntries(results) }
}

async function answer(check: Checks[string]): Promise<Check> {
  try {
    return await withDeadline(Promise.resolve(check()), CHECK_DEADLINE_MS)
  } catch (error) {
    return failed(reasonOf(error))
  }
}

/** The receiver's `/readyz` is public, and a driver's message tells addresses of the inner network: its code will do. */
function reasonOf(error: unknown): string {
  if (error instanceof DeadlineExceeded || error instanceof ConnectionProblem) return error.message
  const { code } = (error ?? {}) as { code?: unknown }
  return `it does not answer${typeof code === 'string' ? `: ${code}` : ''}`
}
