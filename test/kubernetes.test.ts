import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { METRICS } from '@rollcall/shared/metrics'
import { variables } from '@rollcall/shared/variables'
import { VERSION } from '@rollcall/shared/version'
import { afterAll, describe, expect, test } from 'vitest'
import { type ManifestObject, renderOverlay, type Selector, selects, type Workload } from './kubernetes-manifests.ts'
import { schemaProblems } from './kubernetes-schema.ts'

const folder = await mkdtemp(join(tmpdir(), 'rollcall-kubernetes-'))
afterAll(() => rm(folder, { recursive: true }))

const overlays = await Promise.all(
  (await readdir(new URL('../infra/kubernetes/overlays', import.meta.url))).map(
    async (name) => [name, await renderOverlay(name, folder)] as const,
  ),
)

/** How long it may take until no node sends a stopping pod anything. */
const WITHDRAWN_MS = 5_000

/** A receiver has answered whatever has begun by then [R3]. */
const ANSWER_MS = 6_000

/** Between the process's end and the pod's, for what neither counts. */
const MARGIN_SECONDS = 5

describe.each(overlays)('the overlay %s', (_name, objects) => {
  const ofKind = <Kind extends ManifestObject>(...kinds: string[]) =>
    objects.filter(({ kind }) => kinds.includes(kind)) as Kind[]
  const workloads = ofKind<Workload>('Deployment', 'StatefulSet', 'Job')
  const ours = workloads.filter(({ spec }) => spec.template.spec.containers[0]?.name === 'rollcall')
  const containers = workloads.flatMap(({ spec }) => spec.template.spec.containers)
  const labelsOf = ({ spec }: Workload) => spec.template.metadata.labels
  const named = (kind: string, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata.name === name)
  const configuration = ofKind('ConfigMap').find(({ metadata }) => /^rollcall-/.test(metadata.name))!

  test('[I20] is what Kubernetes and KEDA take, field by field', async () => {
    const problems = await Promise.all(
      objects.map(async (object) => [`${object.kind} ${object.metadata.name}`, await schemaProblems(object)] as const),
    )
    expect(problems.filter(([, found]) => found.length > 0)).toEqual([])
    expect(ours.map(({ metadata }) => metadata.name)).toEqual(['console', 'receiver', 'worker', 'migrate'])
    expect(new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).size).toBe(objects.length)
    const elsewhere = objects.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'rollcall')
    expect(elsewhere).toEqual([])
  })

  test('[I20] what names another object finds it', () => {
    for (const workload of workloads) {
      if (workload.kind !== 'Job') expect(selects(workload.spec.selector!, labelsOf(workload))).toBe(true)
      for (const { env = [], envFrom = [] } of workload.spec.template.spec.containers) {
        for (const { configMapRef } of envFrom) expect(named('ConfigMap', configMapRef.name)).toBeDefined()
        for (const { valueFrom } of env) {
          if (valueFrom === undefined) continue
          const { name, key, optional } = valueFrom.secretKeyRef
          const secret = named('Secret', name)
          expect(secret, `${workload.metadata.name} reads ${name}`).toBeDefined()
          if (!optional) expect(Object.keys(secret!.data!)).toContain(key)
        }
      }
    }
    for (const { spec } of ofKind<ManifestObject & { spec: ServiceSpec }>('Service')) {
      const behind = workloads.filter((workload) => selects({ matchLabels: spec.selector }, labelsOf(workload)))
      expect(behind).toHaveLength(1)
      const ports = behind[0]!.spec.template.spec.containers.flatMap((container) => container.ports ?? [])
      for (const { targetPort } of spec.ports) expect(ports.map(({ name }) => name)).toContain(targetPort)
    }
    for (const { spec } of ofKind<ManifestObject & { spec: { selector: Selector } }>('PodDisruptionBudget')) {
      expect(workloads.filter((workload) => selects(spec.selector, labelsOf(workload)))).toHaveLength(1)
    }
    for (const { spec } of ofKind<Scaler>('HorizontalPodAutoscaler', 'ScaledObject')) {
      const target = named(spec.scaleTargetRef.kind ?? 'Deployment', spec.scaleTargetRef.name) as Workload
      // Of two that say how many there are, each would undo what the other did.
      expect(target.spec.replicas).toBeUndefined()
      expect(spec.minReplicas ?? spec.minReplicaCount).toBeGreaterThanOrEqual(2)
    }
    for (const { spec } of ofKind<ManifestObject & { spec: IngressSpec }>('Ingress')) {
      const { name, port } = spec.rules[0]!.http.paths[0]!.backend.service
      const service = named('Service', name) as ManifestObject & { spec: ServiceSpec }
      expect(service.spec.ports.map((each) => each.name)).toContain(port.name)
    }
  })

  test('[I21] every container is confined, has a limit, and is of a version that is named', () => {
    for (const { spec } of workloads) {
      expect(spec.template.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: expect.any(Number),
          seccompProfile: { type: 'RuntimeDefault' },
        },
      })
    }
    for (const container of containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      expect(container.resources).toMatchObject({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      })
      expect(container.image).toMatch(/:[\w.-]+$/)
      expect(container.image).not.toMatch(/:latest$/)
    }
    const images = new Set(ours.flatMap(({ spec }) => spec.template.spec.containers.map(({ image }) => image)))
    expect([...images]).toEqual([expect.stringMatching(new RegExp(`rollcall:${RegExp.escape(VERSION)}$`))])
  })

  test('[I21] a process is given variables that there are, and of the secrets only its own', () => {
    const secretsOf = (name: string) =>
      ours
        .find(({ metadata }) => metadata.name === name)!
        .spec.template.spec.containers[0]!.env!.map((variable) => variable.valueFrom!.secretKeyRef.key)
    const given = ours.flatMap(({ spec }) => spec.template.spec.containers[0]!.env!.map(({ name }) => name))
    for (const name of [...given, ...Object.keys(configuration.data!)]) expect(variables).toHaveProperty(name)
    for (const [name, value] of Object.entries(configuration.data!)) {
      expect(variables[name as keyof typeof variables].safeParse(value).success, name).toBe(true)
    }
    expect(secretsOf('receiver')).not.toContain('DATABASE_URL')
    expect(secretsOf('worker')).not.toContain('CLERK_WEBHOOK_SIGNING_SECRET')
    for (const name of ['receiver', 'worker', 'console']) expect(secretsOf(name)).not.toContain('MIGRATOR_DATABASE_URL')
  })

  test('[I22] no pod is killed before its process has had its grace, and no rollout has fewer than before', () => {
    const graceMs = variables.SHUTDOWN_GRACE_MS.parse(configuration.data!.SHUTDOWN_GRACE_MS)
    const drainMs = variables.SHUTDOWN_DRAIN_MS.parse(configuration.data!.SHUTDOWN_DRAIN_MS)
    expect(drainMs).toBeGreaterThanOrEqual(WITHDRAWN_MS)
    expect(graceMs).toBeGreaterThanOrEqual(drainMs + ANSWER_MS)
    for (const { kind, metadata, spec } of ours) {
      if (kind === 'Job') continue
      const { terminationGracePeriodSeconds, containers } = spec.template.spec
      const container = containers[0]!
      expect(terminationGracePeriodSeconds, metadata.name).toBeGreaterThanOrEqual(graceMs / 1_000 + MARGIN_SECONDS)
      if (metadata.name !== 'console') expect(spec.strategy?.rollingUpdate.maxUnavailable).toBe(0)
      // A restart brings nothing back that is away, so only readiness asks for it.
      expect(container.livenessProbe?.httpGet?.path).toBe('/healthz')
      expect(container.readinessProbe?.httpGet?.path).toBe(metadata.name === 'console' ? '/healthz' : '/readyz')
      const ports = container.ports!.map(({ name }) => name)
      expect(ports).toContain(container.livenessProbe?.httpGet?.port)
      expect(ports).toContain(container.readinessProbe?.httpGet?.port)
    }
  })

  test('[I23] the network lets pass what each needs, and nothing else', () => {
    const policies = ofKind<ManifestObject & { spec: PolicySpec }>('NetworkPolicy')
    expect(policies).toContainEqual(
      expect.objectContaining({ spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } }),
    )
    const open = (name: string, direction: 'ingress' | 'egress') => {
      const workload = ours.find(({ metadata }) => metadata.name === name)!
      const ports = workload.spec.template.spec.containers[0]!.ports ?? []
      const rules = policies.filter(({ spec }) => selects(spec.podSelector, labelsOf(workload)))
      return rules
        .flatMap(({ spec }) => spec[direction] ?? [])
        .flatMap((rule) => rule.ports)
        .map(({ port }) => ports.find((each) => each.name === port)?.containerPort ?? port)
        .filter((port) => port !== 53)
        .sort()
    }
    expect(open('receiver', 'ingress')).toEqual([3000, 9464])
    expect(open('worker', 'ingress')).toEqual([9465])
    for (const name of ['console', 'migrate']) expect(open(name, 'ingress')).toEqual([])

    const queue = (ports: readonly unknown[]) => ports.filter((port) => port !== 26379 && port !== 6432)
    expect(queue(open('receiver', 'egress'))).toEqual([6379])
    for (const name of ['worker', 'console']) expect(queue(open(name, 'egress'))).toEqual([443, 5432, 6379])
    expect(queue(open('migrate', 'egress'))).toEqual([5432])
  })

  test('[I24] workers are scaled by metrics that there are, which every receiver tells alike', () => {
    for (const { spec } of ofKind<Scaler>('ScaledObject')) {
      expect(spec.triggers!.map(({ name }) => name)).toEqual(['depth', 'age'])
      for (const { metadata } of spec.triggers!) {
        const told = [...metadata.query!.matchAll(/(\w+)\((rollcall_\w+)/g)]
        expect(told.length).toBeGreaterThan(0)
        for (const [, aggregation, metric] of told) {
          expect(aggregation).toBe('max')
          expect(METRICS).toHaveProperty(metric!)
        }
      }
    }
  })
})

test('[I20] the Redis of the trial is set up as infra/redis/redis.conf says', async () => {
  const text = await readFile(new URL('../infra/redis/redis.conf', import.meta.url), 'utf8')
  const settings = [...text.matchAll(/^(?!#)(\S+) "?([^"\n]*)"?$/gm)].map(([, name, value]) => `--${name} ${value}`)
  const redis = new Map(overlays)
    .get('trial')!
    .find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === 'redis') as Workload
  const words = redis.spec.template.spec.containers[0]!.args!
  const given = words.flatMap((word, i) => (i % 2 === 0 ? [`${word} ${words[i + 1]}`] : []))
  expect(given.sort()).toEqual([...settings, '--dir /data'].sort())
})

interface ServiceSpec {
  readonly selector: Readonly<Record<string, string>>
  readonly ports: readonly { readonly name: string; readonly targetPort: string }[]
}

interface IngressSpec {
  readonly rules: readonly {
    readonly http: { readonly paths: readonly { readonly backend: { readonly service: Backend } }[] }
  }[]
}

interface Backend {
  readonly name: string
  readonly port: { readonly name: string }
}

interface PolicySpec {
  readonly podSelector: Selector
  readonly ingress?: readonly { readonly ports: readonly { readonly port: string | number }[] }[]
  readonly egress?: readonly { readonly ports: readonly { readonly port: string | number }[] }[]
}

interface Scaler extends ManifestObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly kind?: string; readonly name: string }
    readonly minReplicas?: number
    readonly minReplicaCount?: number
    readonly triggers?: readonly { readonly name: string; readonly metadata: Readonly<Record<string, string>> }[]
  }
}
