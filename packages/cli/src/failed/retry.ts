import { loadConfig } from '@rollcall/shared/config'
import type { Command } from '../command.ts'
import { InstallationConfig } from '../installation-config.ts'
import { type Retried, runAgain } from './run-again.ts'

/** Messages in one step, so that however many are named, few bodies are in memory and on their way to the queue. */
const STEP = 100

export const retry: Command = {
  summary: 'Runs failed events and failed handlers again, once what they failed for is mended.',
  usage: '<message-id> … [--json]',
  options: { json: { type: 'boolean' } },
  help: { json: 'print one JSON object a line' },
  words: [1, Number.POSITIVE_INFINITY],
  async run(call, { environment, print }) {
    const config = loadConfig(InstallationConfig, environment)
    const ids = [...new Set(call.words)]
    let isAllRetried = true
    for (let i = 0; i < ids.length; i += STEP) {
      for (const retried of await runAgain(config, ids.slice(i, i + STEP))) {
        print(call.options.json ? JSON.stringify(retried) : sentence(retried))
        isAllRetried &&= retried.retried !== null
      }
    }
    return isAllRetried ? 0 : 1
  },
}

const sentence = ({ id, retried, message }: Retried): string =>
  retried === null ? `${id}: not retried, ${message}` : `${id}: ${message}`
