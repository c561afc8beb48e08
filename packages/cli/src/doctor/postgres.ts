import { serverVersion } from '@rollcall/mirror/server-version'
import { PipelineError } from '@rollcall/shared/errors'
import { failed, passed } from '@rollcall/shared/readiness'
import { CommandError } from '../command.ts'
import { withMirror } from '../with-mirror.ts'
import { doctorCheck } from './doctor-check.ts'

export const postgres = doctorCheck({
  name: 'postgres',
  needs: ['variables'],
  async examine({ variables }) {
    try {
      const version = await withMirror(variables, ({ db }) => serverVersion(db))
      return { ...passed(`Postgres ${version} answers.`), established: { postgres: true } }
    } catch (error) {
      if (lacksDatabase(error))
        return failed('Postgres answers, but has no database of the name in DATABASE_URL. Create it.')
      throw error
    }
  },
})

/** A question that is about no table can only be answered so where the database itself is not there. */
const lacksDatabase = (error: unknown): boolean =>
  error instanceof CommandError && error.cause instanceof PipelineError && error.cause.code === 'schema_mismatch'
