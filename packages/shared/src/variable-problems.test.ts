import { expect, test } from 'vitest'
import { ConfigError, loadConfig } from './config.ts'
import { variables } from './variables.ts'

/** Any text will do. */
const ANY_TEXT = ['CLERK_INSTANCE_ID', 'ROLLCALL_CONFIG']

/** One of them is wrong for every other variable. */
const WRONG = ['%% %%', '-1', '1.5', '99999999', ': :']

test.each(Object.keys(variables) as (keyof typeof variables)[])(
  '[C24] of a value of %s that is wrong it is said what it must be, and never the value',
  (name) => {
    const problems = WRONG.map((value) => problemOf(name, value)).filter((problem) => problem !== undefined)
    expect(problems.length > 0).toBe(!ANY_TEXT.includes(name))
    for (const problem of problems) {
      expect(problem).toMatch(/^must be [a-z0-9]/)
      for (const value of WRONG.filter((value) => /[%:]/.test(value))) expect(problem).not.toContain(value)
    }
  },
)

function problemOf(name: keyof typeof variables, value: string): string | undefined {
  try {
    loadConfig({ [name]: variables[name] }, { [name]: value })
    return undefined
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const [, problem, next] = error.message.split('\n')
    expect(next).toMatch(/^Set what is named above in the environment; \.env\.example explains every variable\.$/)
    return problem?.replace(`  ${name}: `, '')
  }
}
