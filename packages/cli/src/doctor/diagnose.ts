import { ConfigError } from '@rollcall/shared/config'
import { failed } from '@rollcall/shared/readiness'
import type { Terminal } from '../command.ts'
import { explainFailure } from '../explain-failure.ts'
import { type DoctorCheck, type Established, type Finding, skipped, type Verdict } from './doctor-check.ts'

/** What a check came to, by its name. */
export interface Diagnosis extends Verdict {
  readonly name: string
}

/** Makes the checks one after the other, so that each can stand on those before it, and answers in their order. */
export async function diagnose(checks: readonly DoctorCheck[], terminal: Terminal): Promise<readonly Diagnosis[]> {
  const diagnoses: Diagnosis[] = []
  let established: Partial<Established> = {}
  for (const check of checks) {
    const { established: found, ...verdict } = await examine(check, established, terminal)
    diagnoses.push({ name: check.name, ...verdict })
    established = { ...established, ...found }
  }
  return diagnoses
}

async function examine(check: DoctorCheck, established: Partial<Established>, terminal: Terminal): Promise<Finding> {
  const missing = check.needs.find((need) => established[need] === undefined)
  if (missing !== undefined) return skipped(missing)
  try {
    return await check.examine(established as Established, terminal)
  } catch (error) {
    return failed(error instanceof ConfigError ? error.message : explainFailure(error).message)
  }
}
