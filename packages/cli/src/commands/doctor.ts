import type { Command } from '../command.ts'
import { checks } from '../doctor/checks.ts'
import { diagnose } from '../doctor/diagnose.ts'
import { report } from '../doctor/report.ts'

export const doctor: Command = {
  summary: 'Looks for what is wrong with an installation, and says what to do.',
  usage: '[--json]',
  options: { json: { type: 'boolean' } },
  help: { json: 'print as JSON' },
  examples: [
    { call: 'doctor', shows: 'when something is wrong, and after each deploy' },
    { call: 'doctor --json', shows: 'the same for a script, or for an issue' },
  ],
  words: [0, 0],
  async run(call, terminal) {
    const diagnoses = await diagnose(checks, terminal)
    const isHealthy = diagnoses.every(({ status }) => status !== 'failed')
    if (call.options.json) terminal.print(JSON.stringify({ healthy: isHealthy, checks: diagnoses }))
    else for (const line of report(diagnoses, terminal.columns)) terminal.print(line)
    return isHealthy ? 0 : 1
  },
}
