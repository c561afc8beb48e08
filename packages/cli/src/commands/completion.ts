import { type Command, UsageError } from '../command.ts'
import { bashCompletion } from '../completion/bash.ts'
import { type CommandEntry, completionEntries } from '../completion/entries.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'
import { loadCommands } from '../load-commands.ts'

const SHELLS: Readonly<Record<string, (entries: readonly CommandEntry[]) => readonly string[]>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

export const completion: Command = {
  summary: 'Prints what a shell needs to complete commands, options and their values: for bash, zsh or fish.',
  usage: Object.keys(SHELLS).join(' | '),
  options: {},
  help: {},
  wordValues: Object.keys(SHELLS),
  examples: [
    { call: 'completion bash', shows: '`… > ~/.local/share/bash-completion/completions/rollcall`' },
    { call: 'completion zsh', shows: '`… > ~/.zfunc/_rollcall`, with `fpath+=~/.zfunc` before compinit in ~/.zshrc' },
    { call: 'completion fish', shows: '`… > ~/.config/fish/completions/rollcall.fish`' },
  ],
  notes: [
    'It completes a command of the name `rollcall`. Where you call it by pnpm, give it that name first:',
    '  rollcall() { pnpm --silent rollcall "$@"; }      bash, zsh',
    "  alias rollcall 'pnpm --silent rollcall'          fish",
    'Write it anew after an upgrade.',
  ],
  words: [1, 1],
  async run(call, { print }) {
    const shell = call.words[0]!
    const write = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined
    if (!write)
      throw new UsageError(`There is no completion for \`${shell}\`, but for ${Object.keys(SHELLS).join(', ')}.`)
    for (const line of write(completionEntries(await loadCommands()))) print(line)
    return 0
  },
}
