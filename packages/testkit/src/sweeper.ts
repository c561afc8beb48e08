import { once } from 'node:events'
import { removeContainers } from './containers.ts'
import { endTestRun, type TestRun } from './test-run.ts'

/*
 * Started with every run of the tests: waits until the run is over, and clears up after it. A process of its own, because
 * vitest dies of a signal without its teardown (as in CI, or when killed), and containers and servers would stay. Its standard
 * input ends when the run says so, or with the run.
 */
const run = JSON.parse(process.argv[2]!) as TestRun
process.stdin.resume()
await once(process.stdin, 'end')
if (run.kind === 'containers') await removeContainers(run)
await endTestRun(run)
