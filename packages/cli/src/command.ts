import type { ParseArgsOptionsConfig } from 'node:util'
import { didYouMean } from '@rollcall/shared/closest'
import type { Environment } from '@rollcall/shared/config'
import type { Asked } from './connect/ask-secret.ts'
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
  /** Whom it may ask; nothing where nobody sits before it. */
  readonly asked?: Asked | undefined
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
  /** Calls as people make them, each with what it shows. */
  readonly examples: readonly Example[]
  /** What an option may be given, where that is one of a few words; for the shell to complete. */
  readonly values?: Readonly<Record<string, readonly string[]>>
  /** What the words besides the options may be, likewise. */
  readonly wordValues?: readonly string[]
  /** Lines that `--help` ends with. */
  readonly notes?: readonly string[]
  /** How many words it takes besides the options. */
  readonly words: readonly [least: number, most: number]
  /** Answers the exit code: 0 it worked, 1 it did not. */
  run(call: Call, terminal: Terminal): Promise<number>
}

/** A call without `rollcall` itself, `send user.created`. */
export interface Example {
  readonly call: string
  readonly shows: string
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

/** The command was called wrongly: exit code 2. Whoever reads it is also told where the help is. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** In place of what to do, where what happened comes from elsewhere in words that say it already. */
export const SAID = Symbol('said')

/** The command was called rightly and could not do its work: exit code 1. It says what happened, and what to do next. */
export class CommandError extends Error {
  override readonly name = 'CommandError'

  constructor(happened: string, next: string | typeof SAID, options?: ErrorOptions) {
    super(next === SAID ? happened : `${happened} ${next}`, options)
  }
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
  if (!Number.isSafeInteger(count) || count < 1)
    throw new UsageError(`--${name} takes a whole number from 1 on, not \`${value}\`.`)
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
  if (chosen === undefined)
    throw new UsageError(`--${name} takes one of ${choices.join(', ')}, not \`${value}\`.${didYouMean(value, choices)}`)
  return chosen
}
