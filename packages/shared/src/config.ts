import { z } from 'zod'

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Where values come from: `process.env`, or what a test says. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads and checks the whole environment once, at the entry point. Reports every problem together, by name and reason,
 * and never repeats a value: half of them are secrets [C1].
 *
 * `needed` names the variables that must be set because of what else is, or is not.
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Environment,
  needed: (present: Environment) => readonly string[] = () => [],
): Readonly<z.infer<z.ZodObject<Shape>>> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''))
  const parsed = z.object(shape).safeParse(present, { error: problemOf })
  const missing = needed(present).filter((name) => present[name] === undefined)
  if (parsed.success && missing.length === 0) return Object.freeze(parsed.data)

  const invalid = (parsed.error?.issues ?? []).map((issue) => {
    const name = issue.path.join('.')
    return [name, present[name] === undefined ? NOT_SET : issue.message]
  })
  const problems = new Map([...missing.map((name) => [name, NOT_SET]), ...invalid] as [string, string][])
  throw new ConfigError(
    [
      'Rollcall cannot start with this configuration:',
      ...[...problems].map(([name, problem]) => `  ${name}: ${problem}`),
      'Set what is named above in the environment; .env.example explains every variable.',
    ].join('\n'),
  )
}

const NOT_SET = 'is not set'

/** What is wrong with a value that says nothing of its own about it: what it must be. */
function problemOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be a ${issue.expected === 'int' ? 'whole number' : issue.expected}`
    case 'too_small':
      return `must be ${issue.inclusive ? `${issue.minimum} or more` : `more than ${issue.minimum}`}`
    case 'too_big':
      return `must be ${issue.maximum} or less`
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`
    default:
      return undefined // Zod's own words
  }
}
