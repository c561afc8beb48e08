import type { Command, CommandGroup } from '@rollcall/cli/command'
import { loadCommands } from '@rollcall/cli/load-commands'

/** The page on commands, in Markdown: what `--help` says. */
export async function commandsPage(): Promise<string> {
  const commands = Object.entries(await loadCommands())
  return [
    '# Commands',
    '',
    '<!-- Written by `pnpm docs`. Change the commands in packages/cli/src/commands or docs/commands-page.ts instead. -->',
    '',
    '`pnpm rollcall <command>` where the repository is (`npx pnpm@12 rollcall <command>` where there is no pnpm), `rollcall <command>`',
    'in the image. Variables come from the environment, then from `.env`, then from a `pnpm start` that runs in the folder.',
    '',
    'A command exits 0 if it worked, 1 if it did not, and 2 if it was called wrongly. With `--json` it prints JSON for programs.',
    '`--help` after any of them says what stands here.',
    '',
    '| command | what it does |',
    '| --- | --- |',
    ...commands.map(([name, { summary }]) => `| [\`${name}\`](#${name}) | ${cell(summary)} |`),
    ...commands.flatMap(([name, command]) =>
      isGroup(command) ? groupOf(name, command) : commandOf(`## ${name}`, name, command),
    ),
    '',
  ].join('\n')
}

const isGroup = (command: Command | CommandGroup): command is CommandGroup => 'verbs' in command

function groupOf(name: string, { summary, verbs, usual }: CommandGroup): readonly string[] {
  return [
    '',
    `## ${name}`,
    '',
    `${summary} Without a verb it is \`${name} ${usual}\`.`,
    ...Object.entries(verbs).flatMap(([verb, command]) => commandOf(`### ${name} ${verb}`, `${name} ${verb}`, command)),
  ]
}

function commandOf(
  heading: string,
  name: string,
  { summary, usage, help, examples, notes = [] }: Command,
): readonly string[] {
  const options = Object.entries(help)
  return [
    '',
    heading,
    '',
    summary,
    '',
    '```text',
    `rollcall ${name} ${usage}`.trimEnd(),
    '```',
    ...(options.length > 0 ? ['', '| option | |', '| --- | --- |'] : []),
    ...options.map(([option, sentence]) => `| \`--${option}\` | ${cell(sentence)} |`),
    '',
    '```sh',
    ...examples.flatMap(({ call, shows }) => [`# ${shows}`, `pnpm rollcall ${call}`]),
    '```',
    ...(notes.length > 0 ? ['', '```text', ...notes, '```'] : []),
  ]
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
