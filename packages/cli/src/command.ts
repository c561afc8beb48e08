import type { ParseArgsOptionsConfig } from 'node:util'
import type { Environment } from '@rollcall/shared/config'
import type { ProgressOutput } from './progress.ts'

/** What a command sees of the world. */
export interface Terminal {
  readonly environment: Environment
  /** Where it was called. */
  readonly folder: string
  /** Characters in a line; output that is not read by a person is not cut to it. */
  readonly columns: number | undefined
  /** Writes a line to standard output. */
  print(line: string): void
  /** Where it may tell how far it has come: standard error. */
  readonly progress?: ProgressOutput
}

/** One command of `rollcall`: what it is called with, and what it does. */
export interface Command {
  readonly summary: string
  /** What follows the command's name, `<event.type> [options]`. */
  readonly usage: string
  readonly options: ParseArgsOptionsConfig
  /** A sentence for each option, without the dashes. */
  readonly help: Readonly<Record<string, string>>
  /** Lines that `--help` ends with. */
  readonly notes?: readonly string[]
  /** How many words it takes besides the options. */
  readonly words: readonly [least: number, most: number]
  /** Answers the exit code: 0 it worked, 1 it did not. */
  run(call: Call, terminal: Terminal): Promise<number>
}

/** Several commands under one name, told apart by the word after it. */
export interface CommandGroup {
  readonly summary: string
  readonly verbs: Readonly<Record<string, Command>>
  /** The verb that is meant where none is given. */
  readonly usual: string
}

export interface Call {
  readonly words: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>
}

/** The command was called wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command was called rightly and could not do its work; the message says why and what to do: exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

export const textOption = (call: Call, name: string): string | undefined => {
  const value = call.options[name]
  return typeof value === 'string' ? value : undefined
}

/** A whole number of at least 1, or the fallback where the option is not given. */
export function countOption(call: Call, name: string, fallback: number): number {
  const value = textOption(call, name)
  if (value === undefined) return fallback
  const count = Number(value)
  if (!Number.isSafeInteger(count) || count < 1) throw new UsageError(`--${name} takes a whole number from 1 on.`)
  return count
}

/** One of a list of words, or nothing where the option is not given. */
export function choiceOption<Choice extends string>(
  call: Call,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = textOption(call, name)
  if (value === undefined) return undefined
  const chosen = choices.find((choice) => choice === value)
  if (chosen === undefined) throw new UsageError(`--${name} takes one of ${choices.join(', ')}.`)
  return chosen
}
