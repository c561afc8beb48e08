import { Spec, Validation } from '@cyclonedx/cyclonedx-library'

/** What CycloneDX's own schema finds wrong with a bill of materials; nothing if all is well. */
export async function schemaProblem(bill: unknown): Promise<string | undefined> {
  const problem = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(JSON.stringify(bill))
  return problem === null ? undefined : JSON.stringify(problem)
}
