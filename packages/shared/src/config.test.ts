import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, type Environment, loadConfig } from './config.ts'
import { variables } from './variables.ts'

const SHAPE = {
  PORT: variables.PORT,
  REDIS_URL: variables.REDIS_URL,
  DATABASE_URL: variables.DATABASE_URL.optional(),
  SECRET: variables.CLERK_WEBHOOK_SIGNING_SECRET,
}
const SECRET = `whsec_${'A'.repeat(32)}`
const needed = (present: Environment) => (present.REDIS_URL ? [] : ['DATABASE_URL'])

function problemsOf(environment: Environment): string {
  try {
    loadConfig(SHAPE, environment, needed)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  throw new Error('the configuration is valid')
}

describe('loadConfig', () => {
  test('[C1] reads values and defaults, and leaves the rest of the environment alone', () => {
    const config = loadConfig(SHAPE, { SECRET, REDIS_URL: 'redis://localhost', HOME: '/root' }, needed)

    expect(config).toEqual({ PORT: 3_000, SECRET: [SECRET], REDIS_URL: ['redis://localhost'] })
    expect(Object.isFrozen(config)).toBe(true)
  })

  test('[C1] tells all problems together, each by its name', () => {
    const message = problemsOf({ PORT: '70000', REDIS_URL: '', SECRET: 'nonsense' })

    expect(message.split('\n').slice(1, -1).sort()).toEqual([
      '  DATABASE_URL: is not set',
      expect.stringMatching(/^ {2}PORT: must be 65535 or less$/),
      '  SECRET: must be one or more secrets that begin with whsec_, separated by commas or spaces',
    ])
    expect(message).toContain('.env.example')
  })

  test('[C1] a variable that is empty or blank is one that is not set', () => {
    for (const blank of ['', ' ', '\t\n']) {
      expect(loadConfig(SHAPE, { SECRET, REDIS_URL: 'redis://localhost', PORT: blank }, needed).PORT).toBe(3_000)
      expect(problemsOf({ SECRET: blank, REDIS_URL: 'redis://localhost' })).toContain('  SECRET: is not set')
    }
  })

  test('[C1] what is needed because of something else is told like what is always needed, once', () => {
    const shape = { DATABASE_URL: variables.DATABASE_URL }
    const read = () => loadConfig(shape, {}, () => ['DATABASE_URL'])
    expect(read).toThrow(/^[^\n]*\n {2}DATABASE_URL: is not set\n[^\n]*$/)
  })

  test('[C1] no value is ever repeated, whatever it is and whatever is wrong with it', () => {
    const names = Object.keys(variables) as (keyof typeof variables)[]
    const secretive = fc.stringMatching(/^[!#-~]{12,40}$/)

    fc.assert(
      fc.property(fc.constantFrom(...names), secretive, (name, value) => {
        try {
          loadConfig({ [name]: variables[name] }, { [name]: value })
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError)
          expect(String(error)).toContain(`${name}: `)
          expect(String(error)).not.toContain(value)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('[C1] only a mistake in the configuration is a ConfigError', () => {
    const broken = {
      PORT: z.string().transform(() => {
        throw new RangeError('a bug')
      }),
    }
    expect(() => loadConfig(broken, { PORT: '1' })).toThrow(RangeError)
  })
})
