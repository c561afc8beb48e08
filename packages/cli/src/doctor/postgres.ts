import { serverVersion } from '@rollcall/mirror/server-version'
import { PipelineError } from '@rollcall/shared/errors'
import { type Check, failed, passed, warned } from '@rollcall/shared/readiness'
import { CommandError } from '../command.ts'
import { withMirror } from '../with-mirror.ts'
import { doctorCheck } from './doctor-check.ts'

export const postgres = doctorCheck({
  name: 'postgres',
  needs: ['variables'],
  async examine({ variables }) {
    try {
      const version = await withMirror(variables, ({ db }) => serverVersion(db))
      return { ...judgeVersion(version), established: { postgres: true } }
    } catch (error) {
      if (lacksDatabase(error))
        return failed(
          'Postgres answers, but has no database of the name in DATABASE_URL. Create it with `createdb`, or mend the name.',
        )
      throw error
    }
  },
})

/** What the mirror's locks are made of, `hashtextextended`, came with it. */
const OLDEST_THAT_WORKS = 11

/** The oldest that still gets security fixes, and that the mirror has been tested on. */
const OLDEST_SUPPORTED = 14

export function judgeVersion(version: string): Check {
  const major = Number.parseInt(version, 10)
  if (major < OLDEST_THAT_WORKS) {
    return failed(
      `Postgres ${version} answers, and lacks what the mirror needs. Upgrade it to ${OLDEST_SUPPORTED} or newer.`,
    )
  }
  if (major < OLDEST_SUPPORTED) {
    return warned(
      `Postgres ${version} answers. It gets no security fixes, and Rollcall is not tested on it: upgrade it to ${OLDEST_SUPPORTED} or newer.`,
    )
  }
  return passed(`Postgres ${version} answers.`)
}

/** A question that is about no table can only be answered so where the database itself is not there. */
const lacksDatabase = (error: unknown): boolean =>
  error instanceof CommandError && error.cause instanceof PipelineError && error.cause.code === 'schema_mismatch'
