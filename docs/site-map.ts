import { PROJECT_PAGES } from './project-pages.ts'

/** A page of the site, by its file in docs/ without `.md`. */
interface Entry {
  readonly text: string
  readonly link: string
}

interface Section {
  readonly text: string
  readonly items: Entry[]
  readonly collapsed?: boolean
}

/** What stands beside every page, in the order in which somebody meets it. */
export const SIDEBAR: readonly Section[] = [
  {
    text: 'Start',
    items: [
      { text: 'Start here', link: '/start-here' },
      { text: 'Should you sync at all?', link: '/should-you-sync' },
    ],
  },
  {
    text: 'Concepts',
    items: [
      { text: 'Eventual consistency', link: '/eventual-consistency' },
      { text: 'Why a queue', link: '/why-a-queue' },
      { text: 'The ordering rule', link: '/ordering' },
      { text: 'What is promised', link: '/promises' },
      { text: 'Reliability', link: '/reliability' },
    ],
  },
  {
    text: 'How to: build on it',
    items: [
      { text: 'Choose what to sync', link: '/shaping' },
      { text: 'Extra user data', link: '/extra-user-data' },
      { text: 'Handlers', link: '/handlers' },
      { text: 'The first request', link: '/client' },
      { text: 'Foreign keys to a mirror', link: '/foreign-keys' },
      { text: 'Express, Next.js and others', link: '/frameworks' },
      { text: 'Drizzle, Prisma, Kysely', link: '/other-tools' },
      { text: 'Move from a handler', link: '/move-from-a-handler' },
    ],
  },
  {
    text: 'How to: run it',
    items: [
      { text: 'Deploy, step by step', link: '/deploy' },
      { text: 'Operations', link: '/operations' },
      { text: 'Kubernetes', link: '/kubernetes' },
      { text: 'Postgres', link: '/postgres' },
      { text: 'Redis', link: '/redis' },
      { text: 'Scaling', link: '/scaling' },
      { text: 'Performance', link: '/performance' },
      { text: 'Upgrading', link: '/upgrading' },
      { text: 'Several Clerk instances', link: '/several-instances' },
      { text: 'Rotate a signing secret', link: '/rotate-a-secret' },
      { text: 'GDPR erasure', link: '/erasure' },
    ],
  },
  {
    text: 'How to: mend it',
    items: [
      { text: 'Debug a failed message', link: '/debug-a-message' },
      { text: 'Replay', link: '/replay' },
      { text: 'Backfill and reconcile', link: '/in-step' },
      { text: 'The console', link: '/console' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'Variables', link: '/configuration' },
      { text: 'Commands', link: '/commands' },
      { text: 'Tables', link: '/tables' },
      { text: 'Outcomes and codes', link: '/outcomes' },
      { text: 'Metrics', link: '/metrics' },
      { text: 'The log', link: '/log-events' },
      { text: 'Traces', link: '/tracing' },
      { text: 'Dependencies', link: '/dependencies' },
    ],
  },
  {
    text: 'Runbooks',
    collapsed: true,
    items: [
      { text: 'All of them', link: '/runbooks/README' },
      ...[
        'backlog-old',
        'lag-high',
        'failures',
        'many-failures',
        'database-unavailable',
        'queue-unavailable',
        'queue-paused',
        'redis-memory-high',
        'redis-evicts',
        'webhooks-refused',
        'silent',
        'unseen',
        'users-differ',
        'mends',
        'drifted',
        'reconcile-late',
        'no-worker',
        'no-receiver',
        'target-down',
      ].map((name) => ({ text: alertOf(name), link: `/runbooks/${name}` })),
    ],
  },
  { text: 'Decisions', items: [{ text: 'What was decided, and why', link: '/decisions' }] },
  {
    text: 'The project',
    collapsed: true,
    items: [
      { text: 'Specification', link: '/project/specification' },
      { text: 'Architecture', link: '/project/architecture' },
      { text: 'Changelog', link: '/project/changelog' },
      { text: 'Benchmarks', link: '/project/benchmarks' },
      { text: 'Contributing', link: '/project/contributing' },
      { text: 'Adding a resource', link: '/adding-a-resource' },
      { text: 'Security', link: '/project/security' },
      ...examplePages().map((name) => ({ text: `Example: ${name.replace('example-', '')}`, link: `/project/${name}` })),
    ],
  },
]

function examplePages(): readonly string[] {
  return Object.values(PROJECT_PAGES).filter((name) => name.startsWith('example-'))
}

/** The alert that a runbook is for: `RollcallNoWorker` of `no-worker`. */
function alertOf(name: string): string {
  const words = name.split('-').map((word) => word[0]!.toUpperCase() + word.slice(1))
  return `Rollcall${words.join('')}`
}
