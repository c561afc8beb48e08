import { parseArgs } from 'node:util'
import { didYouMean } from '@rollcall/shared/closest'
import { type Call, type Command, UsageError } from './command.ts'

/** The words and options that a command was called with. Throws a `UsageError` for what the command does not take. */
export function parseCall(command: Command, words: readonly string[]): Call {
  const known = Object.keys(command.options)
  const args = [...words]
  const { tokens } = parseArgs({ args, options: command.options, allowPositionals: true, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option' || known.includes(token.name)) continue
    const meant = didYouMean(
      token.rawName,
      known.map((name) => `--${name}`),
    )
    throw new UsageError(`There is no option \`${token.rawName}\`.${meant}`)
  }

  const { values, positionals } = parseStrictly(command, args)
  const [least, most] = command.words
  if (positionals.length < least) throw new UsageError(`Something is missing: it takes ${command.usage}.`)
  if (positionals.length > most) throw new UsageError(`\`${positionals[most]}\` is a word too many.`)
  return { words: positionals, options: values }
}

/** What is left to be wrong is an option without its value, or one that takes none. */
function parseStrictly(command: Command, args: string[]) {
  try {
    return parseArgs({ args, options: command.options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}.`.replace('..', '.'))
  }
}
