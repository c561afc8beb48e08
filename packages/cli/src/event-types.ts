import { resources } from '@rollcall/resources/registry'

/** Every type of event that is about something that can be mirrored. */
export const eventTypes: readonly string[] = resources.flatMap(({ events }) => Object.keys(events))
