import { readFileSync } from 'node:fs'
import type { Resource } from '@rollcall/resources/define-resource'
import fc from 'fast-check'
import { anyJsonText, anyKey, anyText, type JsonText, ODD_KEYS, objectOf } from './json-text.ts'

/** A body as a sender might sign it, and what was done to make it odd. */
export interface FuzzedBody {
  readonly kind: string
  readonly raw: Buffer
}

/** How often something huge is among what is made, and how many installations' worth of ids. */
export interface Shape {
  readonly hugeOnceIn: number
  readonly worlds: number
}

/**
 * Bodies of these resources' events and of whatever else: each resource's own examples, in which anything may be anything
 * else. A new resource is among them by being registered.
 */
export function fuzzedBodies(resources: readonly Resource[], shape: Shape): fc.Arbitrary<FuzzedBody> {
  const value = anyJsonText(shape.hugeOnceIn)
  const examples = resources.flatMap(examplesOf)
  const fields = [...new Set(resources.flatMap(fieldsOf))]
  return fc.oneof(
    { weight: 70, arbitrary: changedExample(examples, fields, value, shape.worlds).map(of('changed example')) },
    { weight: 8, arbitrary: ofOddType(examples, value).map(of('odd type')) },
    {
      weight: 8,
      arbitrary: fc.array(fc.tuple(envelopeKey, value), { maxLength: 6 }).map(objectOf).map(of('odd envelope')),
    },
    { weight: 4, arbitrary: value.map(of('no object')) },
    { weight: 5, arbitrary: brokenJson(examples).map(of('no JSON')) },
    { weight: 2, arbitrary: anyText.map(of('any text')) },
    { weight: 3, arbitrary: bytes.map((raw) => ({ kind: 'any bytes', raw })) },
  )
}

const of =
  (kind: string) =>
  (text: string): FuzzedBody => ({ kind, raw: Buffer.from(text) })

interface Example {
  readonly resource: Resource
  readonly type: string
  readonly text: string
  /** Everything in it that may be put in another's place, as a path. */
  readonly places: readonly (readonly string[])[]
}

/** The examples that every resource has [W8], with a mark where the ids of the entities tell them apart. */
const examplesOf = (resource: Resource): readonly Example[] =>
  Object.keys(resource.events).map((type) => {
    const text = readFileSync(new URL(`${type}.json`, resource.fixtures), 'utf8')
    return { resource, type, text, places: placesIn(JSON.parse(text)) }
  })

function placesIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))]
}

/** Each example of each resource, once for each of its places, with this value there; each about entities of its own. */
export const everyPlaceHolding = (resources: readonly Resource[], value: string): readonly FuzzedBody[] =>
  resources.flatMap(examplesOf).flatMap(({ text, type, places }) =>
    places
      .filter((path) => path.length > 0)
      .map((path, i) => {
        const body = JSON.parse(text.replaceAll(WORLD, `${type.replace('.', '')}${i}x`))
        return of('every place')(written(body, [], new Map([[keyOf(path), value]]), []))
      }),
  )

/** The fields of Clerk's `data` that a resource knows. */
const fieldsOf = (resource: Resource): readonly string[] => [
  ...Object.values(resource.columns).flatMap((column) => column.from),
  ...resource.otherFields,
]

const envelopeKey = fc.oneof(
  fc.constantFrom('type', 'data', 'timestamp', 'instance_id', 'object', 'event_attributes', ...ODD_KEYS),
  anyText,
)

/** What the ids of all examples have in common: with another in its place they are another installation's. */
const WORLD = 'rollcallExample'

function changedExample(
  examples: readonly Example[],
  fields: readonly string[],
  value: JsonText,
  worlds: number,
): fc.Arbitrary<string> {
  const key = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...fields) }, { weight: 1, arbitrary: anyKey })
  return fc
    .record({
      example: fc.constantFrom(...examples),
      world: fc.nat(worlds - 1),
      changes: fc.array(fc.record({ place: fc.nat(10_000), value: fc.option(value, { freq: 8 }) }), { maxLength: 5 }),
      added: fc.array(fc.tuple(key, value), { maxLength: 3 }),
    })
    .map(({ example, world, changes, added }) => {
      const body = JSON.parse(example.text.replaceAll(WORLD, `world${world}x`))
      // Those of the envelope are few, and are changed by kinds of their own.
      const inData = example.places.filter((path) => path[0] === 'data' && path.length > 1)
      const changed = new Map(changes.map((change) => [keyOf(inData[change.place % inData.length]!), change.value]))
      return written(body, [], changed, added)
    })
}

const keyOf = (path: readonly string[]): string => path.join('\u0001')

/** Writes a value as JSON, with other texts in some places, nothing where there is null, and more at the end of `data`. */
function written(
  value: unknown,
  path: readonly string[],
  changed: ReadonlyMap<string, string | null>,
  added: readonly (readonly [string, string])[],
): string {
  const other = changed.get(keyOf(path))
  if (typeof other === 'string') return other
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value))
    return `[${value.map((inner, i) => written(inner, [...path, `${i}`], changed, added)).join(',')}]`
  const entries = Object.entries(value)
    .filter(([key]) => changed.get(keyOf([...path, key])) !== null)
    .map(([key, inner]) => [key, written(inner, [...path, key], changed, added)] as const)
  return objectOf(path.length === 1 && path[0] === 'data' ? [...entries, ...added] : entries)
}

function ofOddType(examples: readonly Example[], value: JsonText): fc.Arbitrary<string> {
  const known = examples.map(({ type }) => type)
  const type = fc.oneof(
    fc.constantFrom(
      ...ODD_KEYS,
      ...known.map((each) => `${each}\u0000`),
      'robot.created',
      'a'.repeat(255),
      'é'.repeat(256),
    ),
    fc.constantFrom(...known),
    anyText,
  )
  const id = fc.oneof(
    fc.constantFrom(
      '"user_1"',
      '""',
      `"${'x'.repeat(255)}"`,
      `"${'x'.repeat(256)}"`,
      `"${'\ud83d\ude00'.repeat(127)}"`,
      'null',
    ),
    value,
  )
  return fc
    .record({ type, id, timestamp: value, instance: value, more: fc.array(fc.tuple(anyKey, value), { maxLength: 3 }) })
    .map(({ type, id, timestamp, instance, more }) =>
      objectOf([
        ['type', JSON.stringify(type)],
        ['timestamp', timestamp],
        ['instance_id', instance],
        ['data', objectOf([['id', id], ...more])],
      ]),
    )
}

/** An example that is cut short, or in which a character is another. */
const brokenJson = (examples: readonly Example[]): fc.Arbitrary<string> =>
  fc
    .record({ example: fc.constantFrom(...examples), at: fc.nat(2_000), by: fc.option(anyText) })
    .map(({ example: { text }, at, by }) =>
      by === null
        ? text.slice(0, at % text.length)
        : text.slice(0, at % text.length) + by + text.slice((at % text.length) + 1),
    )

const bytes = fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some))
