import { type CatalogSettings, createCatalog } from '@rollcall/resources/catalog'
import type { Resource } from '@rollcall/resources/define-resource'
import { documentedEventTypes } from '@rollcall/resources/event-types'
import { didYouMean } from '@rollcall/shared/closest'
import type { Handler } from './handler.ts'
import { omissionProblem } from './omission-problem.ts'
import { isTimezone, scheduleProblem } from './schedule-problem.ts'
import type { ReconcileSettings, Settings } from './settings.ts'

/** Svix may deliver a message again for so long: its payload retention. */
const SVIX_KEEPS_DAYS = 90

/** Longer than any pipeline lives; a number beyond it is a slip. */
const MOST_DAYS = 36_500

/** What is wrong with a configuration, each problem in a sentence that begins with where it is. */
export type Checked = { readonly settings: Settings } | { readonly problems: readonly string[] }

/** Checks what `rollcall.config.ts` exports, and reports all that is wrong with it together [C7]. */
export function checkConfig(config: unknown, all: readonly Resource[]): Checked {
  const problems: string[] = []
  const complain = (problem: string) => void problems.push(problem)
  const section = objectAt(config, 'the default export', complain)
  checkNames(section, ['resources', 'handlers', 'eventBodies', 'retention', 'reconcile'], '', complain)

  const resources = checkResources(section.resources, all, complain)
  const handlers = checkHandlers(section.handlers, complain)
  const eventBodies = checkChoice(section.eventBodies, ['needed', 'all'] as const, 'eventBodies', complain)
  const retention = objectAt(section.retention, 'retention', complain)
  checkNames(retention, ['eventDays', 'bodyDays'], 'retention.', complain)
  const eventDays = checkDays(retention.eventDays, 'retention.eventDays', complain) ?? SVIX_KEEPS_DAYS
  const bodyDays = checkDays(retention.bodyDays, 'retention.bodyDays', complain) ?? eventDays
  if (bodyDays > eventDays)
    complain(`retention.bodyDays: must not exceed eventDays, ${eventDays}: a body goes with its event.`)

  const reconcile = section.reconcile === undefined ? undefined : checkReconcile(section.reconcile, complain)

  if (problems.length > 0) return { problems }
  const catalog = createCatalog(all, resources)
  return { settings: { catalog, handlers, eventBodies, retention: { eventDays, bodyDays }, reconcile } }
}

type Complain = (problem: string) => void
type Section = Readonly<Record<string, unknown>>

function checkResources(value: unknown, all: readonly Resource[], complain: Complain): CatalogSettings {
  const section = objectAt(value, 'resources', complain)
  checkNames(
    section,
    all.map(({ name }) => name),
    'resources.',
    complain,
  )
  const settings: Record<string, CatalogSettings[string]> = {}
  for (const resource of all) {
    const setting = section[resource.name]
    if (setting === undefined) continue
    settings[resource.name] = typeof setting === 'boolean' ? setting : checkResource(setting, resource, complain)
  }
  return settings
}

function checkResource(value: unknown, resource: Resource, complain: Complain): CatalogSettings[string] {
  const place = `resources.${resource.name}`
  const section = objectAt(value, place, complain, 'true, false or an object')
  checkNames(section, ['omit', 'onDelete'], `${place}.`, complain)
  const omit = section.omit ?? []
  if (!Array.isArray(omit)) complain(`${place}.omit: must be a list of field names.`)
  const fields: readonly unknown[] = Array.isArray(omit) ? omit : []
  for (const field of fields) {
    const problem = omissionProblem(resource, field)
    if (problem !== undefined) complain(`${place}.omit: ${problem}`)
  }
  return {
    omit: fields.map(String),
    onDelete: checkChoice(section.onDelete, ['erase', 'keep'] as const, `${place}.onDelete`, complain),
  }
}

function checkHandlers(value: unknown, complain: Complain): ReadonlyMap<string, Handler> {
  const section = objectAt(value, 'handlers', complain)
  const handlers = new Map<string, Handler>()
  for (const [type, handler] of Object.entries(section)) {
    if (!documentedEventTypes.includes(type)) {
      complain(`handlers['${type}']: Clerk documents no such event.${didYouMean(type, documentedEventTypes)}`)
    } else if (typeof handler === 'function') handlers.set(type, handler as Handler)
    else if (handler !== undefined) complain(`handlers['${type}']: must be a function.`)
  }
  return handlers
}

function checkReconcile(value: unknown, complain: Complain): ReconcileSettings {
  const section = objectAt(value, 'reconcile', complain)
  checkNames(section, ['schedule', 'timezone'], 'reconcile.', complain)
  const { schedule, timezone = 'UTC' } = section
  const isKnown = isTimezone(timezone)
  if (!isKnown) complain("reconcile.timezone: must be a time zone, as 'Europe/Berlin'.")
  const problem = section === value ? scheduleProblem(schedule, isKnown ? timezone : 'UTC') : undefined
  if (problem !== undefined) complain(`reconcile.schedule: ${problem}`)
  return { schedule: String(schedule), timezone: String(timezone) }
}

function objectAt(value: unknown, place: string, complain: Complain, expected = 'an object'): Section {
  if (value === undefined) return {}
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Section
  complain(`${place}: must be ${expected}.`)
  return {}
}

function checkNames(section: Section, known: readonly string[], place: string, complain: Complain): void {
  for (const name of Object.keys(section)) {
    if (!known.includes(name)) complain(`${place}${name}: there is nothing of that name.${whatThereIs(name, known)}`)
  }
}

const whatThereIs = (name: string, known: readonly string[]): string =>
  didYouMean(name, known) || ` There are: ${known.join(', ')}.`

function checkChoice<Choice extends string>(
  value: unknown,
  choices: readonly Choice[],
  place: string,
  complain: Complain,
): Choice | undefined {
  if (value === undefined) return undefined
  const choice = choices.find((each) => each === value)
  if (choice === undefined) {
    const meant = typeof value === 'string' ? didYouMean(value, choices) : ''
    complain(`${place}: must be ${choices.map((each) => `'${each}'`).join(' or ')}.${meant}`)
  }
  return choice
}

function checkDays(value: unknown, place: string, complain: Complain): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_DAYS) return value
  complain(`${place}: must be a whole number of days from 1 to ${MOST_DAYS}.`)
  return undefined
}
