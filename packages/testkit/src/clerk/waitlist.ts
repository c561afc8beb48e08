import { createResource, type Kind, type Resource, type World } from './resource.ts'

/** Nothing of an entry is made from another object. */
export type WaitlistLinks = null

const waitlistEntry: Kind<WaitlistLinks> = {
  event: 'waitlistEntry',
  object: 'waitlist_entry',
  idPrefix: 'wle',
  defaults: ({ ordinal }) => ({
    email_address: `waiting-${ordinal}@example.com`,
    status: 'pending',
    is_locked: false,
    invitation: null,
  }),
}

export const createWaitlist = (world: World): Resource<WaitlistLinks> => createResource(waitlistEntry, world)
