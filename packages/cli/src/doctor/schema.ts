import { listMigrations } from '@rollcall/mirror/migrations'
import { requireSchema } from '@rollcall/mirror/schema-state'
import { passed } from '@rollcall/shared/readiness'
import { withMirror } from '../with-mirror.ts'
import { doctorCheck } from './doctor-check.ts'

export const schema = doctorCheck({
  name: 'schema',
  needs: ['variables', 'configuration', 'postgres'],
  async examine({ variables, configuration }) {
    const migrations = await listMigrations(configuration.catalog)
    await withMirror(variables, (mirror) => requireSchema(mirror, migrations))
    return {
      ...passed(`Schema ${variables.DATABASE_SCHEMA} is up to date with all that is mirrored.`),
      established: { schema: true },
    }
  },
})
