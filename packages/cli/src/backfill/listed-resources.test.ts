import { createCatalog } from '@rollcall/resources/catalog'
import { resources } from '@rollcall/resources/registry'
import { expect, test } from 'vitest'
import { listedResources } from './listed-resources.ts'

const catalog = createCatalog(resources, { waitlist_entry: false })
const names = (...words: readonly string[]) => listedResources(catalog, words).map(({ name }) => name)

test('[C10] unless told otherwise, all that is mirrored and that Clerk lists, users and organizations first', () => {
  expect(names().slice(0, 2)).toEqual(['user', 'organization'])
  expect(new Set(names().slice(2))).toEqual(
    new Set([
      ...['organization_domain', 'organization_invitation', 'organization_membership'],
      ...['permission', 'role', 'subscription_item'],
    ]),
  )
})

test('[C10] resources are meant by their names or their tables, each once', () => {
  expect(names('roles', 'users', 'role')).toEqual(['user', 'role'])
})

test.each([
  ['usr', 'There is no resource `usr`. Did you mean `user`?'],
  ['tables', 'There is no resource `tables`. There are: user, organization,'],
  ['session', 'Clerk has no list of `sessions`: their rows come from webhooks alone.'],
  ['waitlist_entries', '`waitlist_entry` is not mirrored. Switch it on in rollcall.config.ts'],
])('[C10] of %s it says what is wrong', (word, message) => {
  expect(() => names(word)).toThrow(message)
})
