import { execFile } from 'node:child_process'
import { cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ensureKubectl } from '@rollcall/testkit/install-kubectl'
import { parseAllDocuments } from 'yaml'

const run = promisify(execFile)

export interface ManifestObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels }
  readonly spec?: unknown
  readonly data?: Readonly<Record<string, string>>
}

export type Labels = Readonly<Record<string, string>>

/** Of what Kubernetes knows, the parts that the tests look at. */
export interface Selector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values: string[] }[]
}

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number }
}

interface FromSecret {
  readonly secretKeyRef: { readonly name: string; readonly key: string; readonly optional?: boolean }
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly command: readonly string[]
  readonly args?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly valueFrom?: FromSecret }[]
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly securityContext: unknown
  readonly resources: unknown
}

/** A Deployment, StatefulSet or Job. */
export interface Workload extends ManifestObject {
  readonly spec: {
    readonly replicas?: number
    readonly strategy?: { readonly rollingUpdate: { readonly maxUnavailable: number } }
    readonly selector?: Selector
    readonly template: {
      readonly metadata: { readonly labels: Labels }
      readonly spec: {
        readonly terminationGracePeriodSeconds?: number
        readonly automountServiceAccountToken: boolean
        readonly securityContext: unknown
        readonly containers: readonly Container[]
      }
    }
  }
}

/** What an overlay comes to, with its examples of secrets and certificates: what `kubectl apply -k` would send. */
export async function renderOverlay(overlay: string, folder: string): Promise<readonly ManifestObject[]> {
  await ensureKubectl()
  const copy = join(folder, overlay)
  await cp(fileURLToPath(new URL('../infra/kubernetes', import.meta.url)), copy, { recursive: true })
  for (const file of await readdir(copy, { recursive: true })) {
    if (file.endsWith('.example')) await cp(join(copy, file), join(copy, file.replace(/\.example$/, '')))
  }
  const { stdout } = await run('kubectl', ['kustomize', join(copy, 'overlays', overlay)])
  return parseAllDocuments(stdout).map((document) => withoutLineBreaks(document.toJS() as ManifestObject))
}

/** kustomize breaks long base64 into lines, which Kubernetes puts together again. */
const withoutLineBreaks = (object: ManifestObject): ManifestObject =>
  object.kind === 'Secret'
    ? {
        ...object,
        data: Object.fromEntries(
          Object.entries(object.data ?? {}).map(([key, value]) => [key, value.replaceAll('\n', '')]),
        ),
      }
    : object

export const selects = (selector: Selector, labels: Labels): boolean =>
  Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
  (selector.matchExpressions ?? []).every(
    ({ key, operator, values }) => operator === 'In' && values.includes(labels[key] ?? ''),
  )
