import { pnpm, type Ran } from './pnpm.ts'

export type Audit =
  | { readonly outcome: 'clean' }
  /** Advisories from `moderate` on, as pnpm tells them. */
  | { readonly outcome: 'advisories'; readonly report: string }
  /** Nobody has looked: the registry does not answer such questions, or not now. */
  | { readonly outcome: 'not_audited'; readonly reason: string }

/** Below this people are told in any case when they update. */
const LEVEL = 'moderate'

/** Asks the registry what is known of the versions in the lock file. */
export const audit = async (): Promise<Audit> => judgeAudit(await pnpm('audit', '--audit-level', LEVEL))

/** pnpm ends with 1 both where it found something and where it could not ask. */
export function judgeAudit({ exitCode, stdout, stderr }: Ran): Audit {
  if (exitCode === 0) return { outcome: 'clean' }
  const code = /ERR_PNPM_\w+/.exec(`${stdout}\n${stderr}`)?.[0]
  if (code === undefined && /vulnerabilit/i.test(stdout)) return { outcome: 'advisories', report: stdout }
  const status = /responded with (\d{3})/.exec(stderr)?.[1]
  return { outcome: 'not_audited', reason: [code ?? `exit code ${exitCode}`, status].filter(Boolean).join(', ') }
}
