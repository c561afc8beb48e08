import { expect, test } from 'vitest'
import { closest, didYouMean } from './closest.ts'

const words = ['start', 'send', 'status', 'user.created', 'user.updated']

test.each([
  ['stat', 'start'],
  ['snd', 'send'],
  ['stauts', 'status'],
  ['user.updatd', 'user.updated'],
  ['users.created', 'user.created'],
])('[C4] for %s, %s was probably meant', (word, meant) => {
  expect(closest(word, words)).toBe(meant)
  expect(didYouMean(word, words)).toBe(` Did you mean \`${meant}\`?`)
})

test.each(['', 'x', 'organization.created', 'deploy'])('[C4] nothing near %j was meant', (word) => {
  expect(didYouMean(word, words)).toBe('')
})
