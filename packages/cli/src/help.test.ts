import { expect, test } from 'vitest'
import type { Command } from './command.ts'
import { findCommand } from './find-command.ts'
import { helpOn, overview } from './help.ts'
import { loadCommands } from './load-commands.ts'
import { parseCall } from './parse-call.ts'

const commands = await loadCommands()

/** Every command that there is, verbs among them, by the words that name it. */
const all: readonly (readonly [path: string, command: Command])[] = Object.entries(commands).flatMap(([name, found]) =>
  'verbs' in found
    ? Object.entries(found.verbs).map(([verb, command]) => [`${name} ${verb}`, command] as const)
    : [[name, found] as const],
)

test('[C26] there are as many commands as the overview names, each with its sentence', () => {
  const lines = overview(commands)
  for (const [name, { summary }] of Object.entries(commands)) {
    expect(summary).toMatch(/^[A-Z].+\.$/)
    expect(lines.some((line) => line.startsWith(`  ${name} `) && line.endsWith(`  ${summary}`))).toBe(true)
  }
  expect(all.length).toBeGreaterThan(15)
})

test.each(all)('[C26] `%s --help` has examples, each of which the command takes', (path, command) => {
  expect(command.examples.length).toBeGreaterThan(0)
  const help = helpOn(commands, [...path.split(' '), '--help']).join('\n')
  for (const { call, shows } of command.examples) {
    const found = findCommand(commands, call.split(' '))
    expect(found.path.join(' '), call).toBe(path)
    const { options, words } = parseCall(command, found.rest)
    for (const [name, known] of Object.entries(command.values ?? {})) {
      for (const value of [options[name] ?? []].flat()) expect(known, call).toContain(value)
    }
    if (command.wordValues) expect(command.wordValues, call).toEqual(expect.arrayContaining([...words]))
    expect(help).toContain(`  pnpm rollcall ${call}`)
    expect(help).toContain(shows)
  }
})

test.each(all)('[C26] `%s --help` tells of every option, and of none that there is not', (_path, command) => {
  const options = Object.keys(command.options).toSorted()
  const helped = Object.keys(command.help).map((usage) => usage.split(' ', 1)[0]!)
  expect(helped.toSorted()).toEqual(options)
  expect(Object.keys(command.values ?? {}).filter((name) => !options.includes(name))).toEqual([])
  for (const [usage, sentence] of Object.entries(command.help)) {
    expect(sentence).not.toMatch(/^[A-Z]\w*[a-z] (?!Clerk)|\.$/)
    const [name, value] = usage.split(' ')
    expect(command.options[name!]!.type === 'string', usage).toBe(value !== undefined)
    expect(command.usage).toContain(`--${usage}`)
  }
})
