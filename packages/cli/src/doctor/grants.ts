import { type Privileges, privilegesIn } from '@rollcall/mirror/privileges'
import { locateQueue } from '@rollcall/queue/open-queue'
import { queueSchema } from '@rollcall/queue/postgres-queue'
import { type Check, failed, passed } from '@rollcall/shared/readiness'
import { withMirror } from '../with-mirror.ts'
import { doctorCheck } from './doctor-check.ts'

/** Beside the mirrored resources'. */
const OWN_TABLES = ['webhook_events', 'backfills', 'reconcile_runs', 'audit_log', 'migrations']

export const grants = doctorCheck({
  name: 'grants',
  needs: ['variables', 'configuration', 'postgres'],
  async examine({ variables, configuration, schema }) {
    const tables = [...OWN_TABLES, ...configuration.catalog.mirrored.map(({ table }) => table)]
    const location = locateQueue(variables)
    return withMirror(variables, async (mirror) => {
      const verdict = judgeGrants(await privilegesIn(mirror.db, mirror.schema, tables), schema === true)
      if (verdict.status !== 'passed' || location.backend !== 'postgres') return verdict
      const ofQueue = judgeGrants(
        await privilegesIn(mirror.db, queueSchema(location.schema), undefined),
        schema === true,
      )
      return ofQueue.status === 'passed' ? verdict : ofQueue
    })
  },
})

/** Judges what our role may do; creating is needed only where migrations are due. */
export function judgeGrants(privileges: Privileges, isUpToDate: boolean): Check {
  const { role, database, schema, isThere, mayUse, mayCreate, missing } = privileges
  if (!isThere) {
    return mayCreate
      ? passed(`The role ${role} may create the schema ${schema}.`)
      : failed(
          `The role ${role} may not create the schema ${schema}. ${asOwner(`grant create on database ${database} to ${role}`)}`,
        )
  }
  if (!mayUse) {
    return failed(
      `The role ${role} may not use the schema ${schema}. ${asOwner(`grant usage on schema ${schema} to ${role}`)}`,
    )
  }
  if (missing.size > 0) {
    const grant = `grant select, insert, update, delete on all tables in schema ${schema} to ${role}; grant usage on all sequences in schema ${schema} to ${role}`
    return failed(`The role ${role} lacks in the schema ${schema}: ${describe(missing)}. ${asOwner(grant)}`)
  }
  if (!isUpToDate && !mayCreate) {
    const grant = `grant create on schema ${schema} to ${role}`
    return failed(
      `Migrations are due, and the role ${role} may not create tables. Migrate as the owner of the schema, or ${inSql(grant)}`,
    )
  }
  return passed(`The role ${role} may ${isUpToDate ? 'read and write' : 'migrate'} the schema ${schema}.`)
}

/** So that a role that may do nothing is not told the name of every table. */
const TABLES_NAMED = 3

/** Tables of which the same is missing, together. */
function describe(missing: Privileges['missing']): string {
  const alike = Map.groupBy(missing, ([, privileges]) => privileges.join(', '))
  return [...alike]
    .map(([privileges, tables]) => {
      const named = tables.slice(0, TABLES_NAMED).map(([table]) => table)
      const others = tables.length - named.length
      return `${privileges} on ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`
    })
    .join('; ')
}

const inSql = (statement: string) => `let its owner run: ${statement};`
const asOwner = (statement: string) => inSql(statement).replace(/^l/, 'L')
