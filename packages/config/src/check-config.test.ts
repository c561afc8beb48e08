import { resources } from '@rollcall/resources/registry'
import { describe, expect, test } from 'vitest'
import { checkConfig } from './check-config.ts'
import type { Settings } from './settings.ts'

function settingsOf(config: unknown): Settings {
  const checked = checkConfig(config, resources)
  if ('problems' in checked) throw new Error(checked.problems.join('\n'))
  return checked.settings
}

function problemsOf(config: unknown): readonly string[] {
  const checked = checkConfig(config, resources)
  return 'problems' in checked ? checked.problems : []
}

const mirroredNames = (config: unknown) => settingsOf(config).catalog.mirrored.map(({ name }) => name)

describe('what it comes to', () => {
  test('[C7] an empty file mirrors what is on by default, erases, and keeps events for 90 days', () => {
    const { catalog, handlers, eventBodies, retention, reconcile } = settingsOf({})
    const byDefault = resources.filter((resource) => resource.byDefault === 'on').map(({ name }) => name)
    expect(catalog.mirrored.map(({ name }) => name).sort()).toEqual([...byDefault].sort())
    expect(new Set(catalog.mirrored.map(({ onDelete }) => onDelete))).toEqual(new Set(['erase']))
    expect(handlers.size).toBe(0)
    expect(eventBodies).toBeUndefined()
    expect(retention).toEqual({ eventDays: 90, bodyDays: 90 })
    expect(reconcile).toBeUndefined()
  })

  test('[C7] a schedule is meant in UTC unless a time zone is given', () => {
    const schedule = '0 4 * * *'
    expect(settingsOf({ reconcile: { schedule } }).reconcile).toEqual({ schedule, timezone: 'UTC' })
    const inBerlin = { schedule, timezone: 'Europe/Berlin' }
    expect(settingsOf({ reconcile: inBerlin }).reconcile).toEqual(inBerlin)
  })

  test('[C7] a resource is switched on and off, and one that says how is on', () => {
    expect(mirroredNames({ resources: { session: true } })).toContain('session')
    expect(mirroredNames({ resources: { email: { omit: ['body'] } } })).toContain('email')
    expect(mirroredNames({ resources: { role: false } })).not.toContain('role')
    expect(mirroredNames({ resources: { role: undefined, session: undefined } })).toEqual(mirroredNames({}))
  })

  test('[C7] what is said of a resource is heard', () => {
    const { catalog } = settingsOf({
      resources: { user: { omit: ['private_metadata', 'passkeys'], onDelete: 'keep' }, session: {} },
    })
    expect(catalog.mirroredNamed('user')?.onDelete).toBe('keep')
    expect(catalog.mirroredNamed('session')?.onDelete).toBe('erase')
    expect(catalog.omissions.user).toEqual(new Set(['private_metadata', 'passkeys']))
  })

  test('[C7] handlers are found by their event type, and one that is undefined is none', () => {
    const welcome = () => undefined
    const { handlers } = settingsOf({ handlers: { 'user.created': welcome, 'user.deleted': undefined } })
    expect([...handlers]).toEqual([['user.created', welcome]])
  })

  test('[C7] bodies are kept as long as their events, unless for a shorter time', () => {
    expect(settingsOf({ retention: { eventDays: 120 } }).retention).toEqual({ eventDays: 120, bodyDays: 120 })
    expect(settingsOf({ retention: { bodyDays: 7 } }).retention).toEqual({ eventDays: 90, bodyDays: 7 })
    expect(settingsOf({ eventBodies: 'all' }).eventBodies).toBe('all')
  })
})

const WRONG: readonly (readonly [config: unknown, problem: string])[] = [
  [null, 'the default export: must be an object.'],
  [[], 'the default export: must be an object.'],
  [() => ({}), 'the default export: must be an object.'],
  [{ handler: {} }, 'handler: there is nothing of that name. Did you mean `handlers`?'],
  [
    { hooks: {} },
    'hooks: there is nothing of that name. There are: resources, handlers, eventBodies, retention, reconcile.',
  ],
  [{ resources: true }, 'resources: must be an object.'],
  [{ resources: { users: true } }, 'resources.users: there is nothing of that name. Did you mean `user`?'],
  [
    { resources: { organizationMembership: true } },
    'resources.organizationMembership: there is nothing of that name. Did you mean `organization_membership`?',
  ],
  [{ resources: { session: 'yes' } }, 'resources.session: must be true, false or an object.'],
  [{ resources: { session: null } }, 'resources.session: must be true, false or an object.'],
  [
    { resources: { user: { ondelete: 'keep' } } },
    'resources.user.ondelete: there is nothing of that name. Did you mean `onDelete`?',
  ],
  [
    { resources: { user: { onDelete: 'keeps' } } },
    "resources.user.onDelete: must be 'erase' or 'keep'. Did you mean `keep`?",
  ],
  [{ resources: { user: { onDelete: true } } }, "resources.user.onDelete: must be 'erase' or 'keep'."],
  [{ resources: { user: { omit: 'username' } } }, 'resources.user.omit: must be a list of field names.'],
  [
    { resources: { user: { omit: ['firstName'] } } },
    'resources.user.omit: there is no field `firstName`. Did you mean `first_name`?',
  ],
  [{ handlers: [] }, 'handlers: must be an object.'],
  [{ handlers: { 'user.created': 'welcome' } }, "handlers['user.created']: must be a function."],
  [
    { handlers: { 'user.create': () => undefined } },
    "handlers['user.create']: Clerk documents no such event. Did you mean `user.created`?",
  ],
  [{ handlers: { toString: 1 } }, "handlers['toString']: Clerk documents no such event."],
  [{ eventBodies: 'al' }, "eventBodies: must be 'needed' or 'all'. Did you mean `all`?"],
  [{ eventBodies: false }, "eventBodies: must be 'needed' or 'all'."],
  [{ reconcile: '0 4 * * *' }, 'reconcile: must be an object.'],
  [
    { reconcile: { schedule: '0 4 * * *', cron: '' } },
    'reconcile.cron: there is nothing of that name. There are: schedule, timezone.',
  ],
  [{ reconcile: {} }, "reconcile.schedule: must be a text in cron's notation, as '0 4 * * *' for each day at four."],
  [
    { reconcile: { schedule: 'daily' } },
    "reconcile.schedule: is not cron's notation, as '0 4 * * *' for each day at four: Validation error, cannot resolve alias \"dai\".",
  ],
  [
    { reconcile: { schedule: '0 25 * * *' } },
    "reconcile.schedule: is not cron's notation, as '0 4 * * *' for each day at four: Constraint error, got value 25 expected range 0-23.",
  ],
  [
    { reconcile: { schedule: '0 4 * * *', timezone: 'Berlin' } },
    "reconcile.timezone: must be a time zone, as 'Europe/Berlin'.",
  ],
  [{ retention: 90 }, 'retention: must be an object.'],
  [{ retention: { days: 90 } }, 'retention.days: there is nothing of that name. There are: eventDays, bodyDays.'],
  [{ retention: { eventDays: 0 } }, 'retention.eventDays: must be a whole number of days from 1 to 36500.'],
  [{ retention: { eventDays: '90' } }, 'retention.eventDays: must be a whole number of days from 1 to 36500.'],
  [{ retention: { bodyDays: 1.5 } }, 'retention.bodyDays: must be a whole number of days from 1 to 36500.'],
  [{ retention: { bodyDays: 91 } }, 'retention.bodyDays: must not exceed eventDays, 90: a body goes with its event.'],
]

describe('what is wrong with it', () => {
  test.each(WRONG.map(([config, problem]) => [problem, config] as const))('[C7] %s', (problem, config) => {
    expect(problemsOf(config)).toEqual([problem])
  })

  test('[C7] all of it is reported together', () => {
    expect(
      problemsOf({
        resource: {},
        resources: { user: { omit: ['nickname', 7], onDelete: 'no' }, sesion: true },
        handlers: { 'user.created': 1 },
        eventBodies: 'some',
        retention: { eventDays: -1 },
      }),
    ).toEqual([
      'resource: there is nothing of that name. Did you mean `resources`?',
      'resources.sesion: there is nothing of that name. Did you mean `session`?',
      'resources.user.omit: there is no field `nickname`.',
      'resources.user.omit: holds something that is not a field name.',
      "resources.user.onDelete: must be 'erase' or 'keep'.",
      "handlers['user.created']: must be a function.",
      "eventBodies: must be 'needed' or 'all'.",
      'retention.eventDays: must be a whole number of days from 1 to 36500.',
    ])
  })
})
