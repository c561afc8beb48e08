import { clerk } from './clerk.ts'
import { clock } from './clock.ts'
import { configuration } from './configuration.ts'
import type { DoctorCheck } from './doctor-check.ts'
import { failures } from './failures.ts'
import { grants } from './grants.ts'
import { instances } from './instances.ts'
import { postgres } from './postgres.ts'
import { processes } from './processes.ts'
import { queue } from './queue.ts'
import { reconcile } from './reconcile.ts'
import { schema } from './schema.ts'
import { silence } from './silence.ts'
import { users } from './users.ts'
import { variables } from './variables.ts'
import { waiting } from './waiting.ts'

/** All that `doctor` looks at, in the order in which one stands on the other. */
export const checks: readonly DoctorCheck[] = [
  variables,
  configuration,
  postgres,
  clock,
  schema,
  grants,
  queue,
  processes,
  clerk,
  instances,
  users,
  silence,
  reconcile,
  ...failures,
  waiting,
]
