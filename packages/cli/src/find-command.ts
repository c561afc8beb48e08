import { closest } from '@rollcall/shared/closest'
import { type Command, type CommandGroup, UsageError } from './command.ts'

export type Commands = Readonly<Record<string, Command | CommandGroup>>

/** A command that was found, the words that name it, and those that follow. */
export interface FoundCommand {
  readonly path: readonly string[]
  readonly command: Command
  readonly rest: readonly string[]
}

/** The command that words call. Throws a `UsageError`, with what was probably meant, where there is none of that name. */
export function findCommand(commands: Commands, [name = '', ...rest]: readonly string[]): FoundCommand {
  const found = ofName(commands, name)
  if (!found) throw new UsageError(`There is no command \`${name}\`.${meant(name, commands, '')}`)
  if (!isGroup(found)) return { path: [name], command: found, rest }

  const [word, ...others] = rest
  const isVerbGiven = word !== undefined && !word.startsWith('-')
  const verb = isVerbGiven ? word : found.usual
  const command = ofName(found.verbs, verb)
  if (!command) throw new UsageError(`There is no \`${name} ${verb}\`.${meant(verb, found.verbs, `${name} `)}`)
  return { path: [name, verb], command, rest: isVerbGiven ? others : rest }
}

/** The group that words name, if they name no verb of it. */
export function findGroup(commands: Commands, [name = '', verb = '']: readonly string[]): CommandGroup | undefined {
  const found = ofName(commands, name)
  return found && isGroup(found) && !ofName(found.verbs, verb) ? found : undefined
}

/** Those of the first words that name something that there is, and of which `--help` tells more. */
export function knownPath(commands: Commands, [name = '', verb = '']: readonly string[]): readonly string[] {
  const found = ofName(commands, name)
  if (!found) return []
  return isGroup(found) && ofName(found.verbs, verb) ? [name, verb] : [name]
}

const isGroup = (found: Command | CommandGroup): found is CommandGroup => 'verbs' in found

/** Not just `commands[name]`: a word like `constructor` names something on every object. */
const ofName = <Named>(named: Readonly<Record<string, Named>>, name: string): Named | undefined =>
  Object.hasOwn(named, name) ? named[name] : undefined

/** What was probably meant, or else all that there is. Begins with a space, to follow a sentence. */
function meant(word: string, named: Readonly<Record<string, unknown>>, before: string): string {
  const quoted = (name: string) => `\`${before}${name}\``
  const near = closest(word, Object.keys(named))
  return near === undefined
    ? ` There are ${Object.keys(named).map(quoted).join(', ')}.`
    : ` Did you mean ${quoted(near)}?`
}
