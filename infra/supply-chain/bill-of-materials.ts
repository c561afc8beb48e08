import { pnpm } from './pnpm.ts'

/** As far as it is looked at here; https://cyclonedx.org/docs/1.6/json has all of it. */
export interface BillOfMaterials {
  readonly bomFormat: string
  readonly specVersion: string
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[]
}

export interface Component {
  readonly name: string
  readonly group?: string
  readonly version: string
  readonly 'bom-ref': string
  readonly licenses?: readonly unknown[]
  readonly externalReferences?: readonly {
    readonly type: string
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
  }[]
}

/** What runs in production and what an app's client brings along, in CycloneDX 1.6, which scanners read. */
export async function billOfMaterials(): Promise<BillOfMaterials> {
  const { exitCode, stdout, stderr } = await pnpm(
    'sbom',
    ...['--sbom-format', 'cyclonedx', '--sbom-spec-version', '1.6', '--sbom-type', 'application', '--prod'],
    ...['--filter', '@rollcall/cli...', '--filter', '@rollcall/client...'],
  )
  if (exitCode !== 0) throw new Error(`pnpm sbom: ${stdout}${stderr}`)
  return JSON.parse(stdout)
}
