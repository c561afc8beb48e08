import type { Resource } from '@rollcall/resources/define-resource'
import { resources } from '@rollcall/resources/registry'
import { describe, expect, test } from 'vitest'
import { omissionProblem } from './omission-problem.ts'

const named = (name: string): Resource => resources.find((resource) => resource.name === name)!

test.each([
  ['user', 'first_name'], // a column
  ['user', 'email_addresses'], // a column from which another is read
  ['user', 'primary_email_address_id'], // no column
  ['subscription_item', 'payer_id'], // a column that is read from two fields, of which it is one
  ['email', 'to_email_address'], // an address, by which a row can be found
  ['waitlist_entry', 'email_address'],
])('[T8] of %s, %s can be left out', (name, field) => {
  expect(omissionProblem(named(name), field)).toBeUndefined()
})

const FOUND_BY = 'a row is found when what it belongs to or tells of is deleted.'

test.each<[string, unknown, string]>([
  ['user', 'firstname', 'there is no field `firstname`. Did you mean `first_name`?'],
  ['user', 'public_metadata.plan', 'there is no field `public_metadata.plan`. Did you mean `public_metadata`?'],
  ['user', 'constructor', 'there is no field `constructor`.'], // every object has one
  ['user', 'id', 'there is no field `id`.'],
  ['user', 7, 'holds something that is not a field name.'],
  [
    'user',
    'primary_email_address',
    '`primary_email_address` is read from other fields: leave out `email_addresses` or `primary_email_address_id` instead.',
  ],
  ['session', 'user_id', `\`user_id\` is needed: by \`user_id\` ${FOUND_BY}`],
  ['organization_membership', 'public_user_data', `\`public_user_data\` is needed: by \`user_id\` ${FOUND_BY}`],
  ['organization_membership', 'user_id', `\`user_id\` is needed: by \`user_id\` ${FOUND_BY}`],
  [
    'subscription',
    'organization_id',
    `\`organization_id\` is read from \`payer\`, and that is needed: by \`user_id\` ${FOUND_BY}`,
  ],
  ['subscription', 'payer', `\`payer\` is needed: by \`user_id\` ${FOUND_BY}`],
  [
    'organization_invitation',
    'status',
    '`status` is needed: `status` tells whether a row goes with what it belongs to.',
  ],
])('[T8] of %s, %s cannot be left out', (name, field, problem) => {
  expect(omissionProblem(named(name), field)).toBe(problem)
})

describe.each(resources.map((resource): [string, Resource] => [resource.name, resource]))('%s', (_name, resource) => {
  const fields = [...Object.keys(resource.columns), ...resource.otherFields]

  test('[T8] a sentence says why, where a column or field cannot be left out', () => {
    const problems = fields.map((field) => omissionProblem(resource, field)).filter((problem) => problem !== undefined)
    for (const problem of problems) expect(problem).toMatch(/^`\w+` is (needed|read from .*): .*\.$/)
  })

  test('[T8] what it says to leave out instead can be left out', () => {
    for (const field of fields) {
      const instead = /: leave out (.*) instead\.$/.exec(omissionProblem(resource, field) ?? '')?.[1]
      for (const [, source] of instead?.matchAll(/`(\w+)`/g) ?? []) {
        expect(omissionProblem(resource, source), `${field}, so ${source}`).toBeUndefined()
      }
    }
  })
})
