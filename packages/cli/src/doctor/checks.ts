import { configuration } from './configuration.ts'
import type { DoctorCheck } from './doctor-check.ts'
import { failures } from './failures.ts'
import { instances } from './instances.ts'
import { postgres } from './postgres.ts'
import { queue } from './queue.ts'
import { schema } from './schema.ts'
import { variables } from './variables.ts'
import { waiting } from './waiting.ts'

/** All that `doctor` looks at, in the order in which one stands on the other. */
export const checks: readonly DoctorCheck[] = [
  variables,
  configuration,
  postgres,
  schema,
  queue,
  instances,
  ...failures,
  waiting,
]
