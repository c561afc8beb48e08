import { expect, test } from 'vitest'
import { groupOfError } from './error-group.ts'

test.each([
  [
    'row_rejected: invalid input syntax for type bigint: "ada"',
    'row_rejected: invalid input syntax for type bigint: "…"',
  ],
  [
    'row_rejected: new row for relation "users" violates check constraint "poison"',
    'row_rejected: new row for relation "users" violates check constraint "poison"',
  ],
  ['unexpected: no user user_2abcDEFghiJKL345 at row 17', 'unexpected: no user … at row …'],
  ["TypeError: cannot read 'ada@example.com'\n  at line 3", "TypeError: cannot read '…'"],
  ['row_rejected: value "Ada L." of column "first_name"', 'row_rejected: value "…" of column "first_name"'],
])('[Y6] %j is of the group %j', (error, group) => {
  expect(groupOfError(error)).toBe(group)
})

test('[Y6] a group is short, and a group of its own', () => {
  const group = groupOfError(`unexpected: ${'long '.repeat(100)}`)
  expect(group.length).toBe(160)
  expect(groupOfError(group)).toBe(group)
})
