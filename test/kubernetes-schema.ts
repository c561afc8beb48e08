import type { ManifestObject } from './kubernetes-manifests.ts'

/** Where the kinds that we use are described: packages made from Kubernetes's and KEDA's own definitions. */
const MODELS: Readonly<Record<string, string>> = {
  v1: 'kubernetes-models/v1',
  'apps/v1': 'kubernetes-models/apps/v1',
  'autoscaling/v2': 'kubernetes-models/autoscaling/v2',
  'batch/v1': 'kubernetes-models/batch/v1',
  'networking.k8s.io/v1': 'kubernetes-models/networking.k8s.io/v1',
  'policy/v1': 'kubernetes-models/policy/v1',
  'keda.sh/v1alpha1': '@kubernetes-models/keda/keda.sh/v1alpha1',
}

/** A class of a kind of object; its check looks at `this` and throws. */
interface Model {
  readonly prototype: { validate(): void }
}

/** What Kubernetes or KEDA would not take of an object: what is missing, of a wrong type, or no field of theirs. */
export async function schemaProblems(object: ManifestObject): Promise<readonly string[]> {
  const models = MODELS[object.apiVersion]
  if (models === undefined) return [`${object.apiVersion}: there is no schema for it here`]
  const module = (await import(`${models}/${object.kind}`)) as Readonly<Record<string, Model>>
  const { validate } = module[object.kind]!.prototype

  const reads = new Set<string>()
  try {
    validate.call(watched(object, '', reads))
  } catch (error) {
    return [(error as Error).message]
  }
  const unknown = pathsOf(object, '').filter((path) => !reads.has(path))
  return unknown.map((path) => `${path} is no field of it`)
}

/**
 * The check lets fields pass that it does not know, at which `kubectl apply` stops. But it reads every field that it knows,
 * and no other: what it has not read is unknown.
 */
function watched<Value>(value: Value, path: string, reads: Set<string>): Value {
  if (typeof value !== 'object' || value === null) return value
  return new Proxy(value, {
    get(target, key, receiver) {
      const field: unknown = Reflect.get(target, key, receiver)
      if (typeof key === 'symbol' || typeof field === 'function') return field
      reads.add(`${path}/${key}`)
      return watched(field, `${path}/${key}`, reads)
    },
  })
}

const pathsOf = (value: unknown, path: string): readonly string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, field]) => [`${path}/${key}`, ...pathsOf(field, `${path}/${key}`)])
    : []
