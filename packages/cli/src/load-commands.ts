import type { Command, CommandGroup } from './command.ts'
import type { Commands } from './find-command.ts'

/** Loaded when they are needed: `start` alone brings the receiver, the worker and their servers, for which `events` waited. */
const LOAD: Readonly<Record<string, () => Promise<Command | CommandGroup>>> = {
  start: async () => (await import('./commands/start.ts')).start,
  demo: async () => (await import('./commands/demo.ts')).demo,
  send: async () => (await import('./commands/send.ts')).send,
  backfill: async () => (await import('./commands/backfill.ts')).backfill,
  reconcile: async () => (await import('./commands/reconcile.ts')).reconcile,
  migrate: async () => (await import('./commands/migrate.ts')).migrate,
  schema: async () => (await import('./commands/schema.ts')).schema,
  status: async () => (await import('./commands/status.ts')).status,
  events: async () => (await import('./commands/events.ts')).events,
  failed: async () => (await import('./commands/failed.ts')).failed,
  replay: async () => (await import('./commands/replay.ts')).replay,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  completion: async () => (await import('./commands/completion.ts')).completion,
}

/** The command of this name, or all where there is none: then help is wanted, or what was probably meant. */
export async function loadCommands(name = ''): Promise<Commands> {
  const names = Object.hasOwn(LOAD, name) ? [name] : Object.keys(LOAD)
  return Object.fromEntries(await Promise.all(names.map(async (each) => [each, await LOAD[each]!()] as const)))
}
