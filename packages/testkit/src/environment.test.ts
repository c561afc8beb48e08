import { expect, test } from 'vitest'
import { readTestEnvironment } from './environment.ts'

test('an empty variable is an unset one, and an unknown kind of services is refused', () => {
  expect(readTestEnvironment({ TEST_DATABASE_URL: '', TEST_SERVICES: 'embedded' })).toEqual({
    services: 'embedded',
    secured: false,
  })
  expect(() => readTestEnvironment({ TEST_SERVICES: 'kubernetes' })).toThrow('must be containers, embedded or secured')
})
