import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { completion } from '@rollcall/cli/commands/completion'
import { ensureShell } from '@rollcall/testkit/ensure-shell'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runHere } from './run-here.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-completion-'))
  await writeFile(join(folder, 'spike.svg'), '')
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await runHere(completion, folder, [shell])
    await writeFile(join(folder, shell === 'zsh' ? '_rollcall' : `rollcall.${shell}`), stdout)
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What is typed before the tabulator, and the one word that it becomes. */
const COMPLETED = [
  ['rollcall fai', 'failed'],
  ['rollcall failed re', 'retry'],
  ['rollcall failed --l', '--limit'],
  ['rollcall failed retry --ty', '--type'],
  ['rollcall failed retry --type user.c', 'user.created'],
  ['rollcall failed retry --all --dr', '--dry-run'],
  ['rollcall events --outcome app', 'applied'],
  ['rollcall events --limit 5 --js', '--json'],
  ['rollcall send waitlistEntry.u', 'waitlistEntry.updated'],
  ['rollcall send user.created --mess', '--message-id'],
  ['rollcall backfill organization_m', 'organization_membership'],
  ['rollcall demo --svg sp', 'spike.svg'],
  ['rollcall schema --pr', '--prisma'],
  ['rollcall completion z', 'zsh'],
] as const

/** What is typed, and a choice that it has. */
const OFFERED = [
  ['rollcall ', ['backfill', 'completion', 'demo', 'doctor', 'events', 'failed', 'migrate', 'reconcile']],
  ['rollcall failed ', ['discard', 'list', 'retry', 'show']],
  ['rollcall events --handler ', ['failed', 'handled', 'waiting']],
  ['rollcall migrate --', ['--help', '--json']],
] as const

/** Runs a shell without anything of whoever runs the tests. */
const shell = async (name: string, words: readonly string[]): Promise<string> =>
  (
    await promisify(execFile)(name, words, {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, TERM: 'dumb' },
      timeout: 60_000,
    })
  ).stdout

const BASH = `
source rollcall.bash
typed=$1
read -r -a COMP_WORDS <<< "$typed"
case "$typed" in *' ') COMP_WORDS+=('') ;; esac
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
$(complete -p rollcall | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
printf '%s\\n' "\${COMPREPLY[@]}"
`

const inBash = async (typed: string): Promise<readonly string[]> =>
  (await shell('bash', ['--norc', '-c', BASH, 'bash', typed])).split('\n').filter(Boolean)

const inFish = async (typed: string): Promise<readonly string[]> =>
  (await shell('fish', ['--no-config', '-c', 'source rollcall.fish; complete -C $argv[1]', typed]))
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t', 1)[0]!)

/** A terminal with a real zsh in it; each line is typed, completed by the tabulator, and read back from the editor. */
const ZSH = `
zmodload zsh/zpty
zpty shell 'TERM=dumb zsh -f -i'
zpty -w shell "PS1='' RPS1=''; fpath=(\\$PWD \\$fpath); autoload -Uz compinit && compinit -u -d zcompdump; told() { print -r -- \\"<<\\$BUFFER>>\\"; BUFFER='' }; zle -N told; bindkey '^I' complete-word; bindkey '^X^B' told; print ready-\\$((1 + 1))"
zpty -r shell out '*ready-2*'
for typed in "$@"; do
  zpty -w -n shell "$typed"$'\\t\\x18\\x02'
  zpty -r shell out '*>>*'
  print -r -- "\${\${out##*<<}%%>>*}"
done
zpty -d shell
`

test('[C25] bash completes commands, verbs, options and their values', async () => {
  for (const [typed, word] of COMPLETED) expect([typed, await inBash(typed)]).toEqual([typed, [word]])
  for (const [typed, words] of OFFERED) {
    expect([typed, await inBash(typed)]).toEqual([typed, expect.arrayContaining([...words])])
  }
  expect(await inBash('rollcall failed retry ')).toEqual([])
})

test('[C25] zsh completes commands, verbs, options and their values', async ({ skip }) => {
  const { missing } = await ensureShell('zsh')
  if (missing) return skip(missing)
  const completed = await shell('zsh', ['-f', '-c', ZSH, 'zsh', ...COMPLETED.map(([typed]) => typed)])
  expect(
    completed
      .trimEnd()
      .split('\n')
      .map((line) => line.trimEnd()),
  ).toEqual(COMPLETED.map(([typed, word]) => [...typed.split(' ').slice(0, -1), word].join(' ')))
})

test('[C25] fish completes commands, verbs, options and their values', async ({ skip }) => {
  const { missing } = await ensureShell('fish')
  if (missing) return skip(missing)
  for (const [typed, word] of COMPLETED) expect([typed, await inFish(typed)]).toEqual([typed, [word]])
  for (const [typed, words] of OFFERED) {
    expect([typed, await inFish(typed)]).toEqual([typed, expect.arrayContaining([...words])])
  }
})

test('[C25] a shell that there is nothing for is told which there are', async () => {
  await expect(runHere(completion, folder, ['tcsh'])).rejects.toThrow(
    'There is no completion for `tcsh`, but for bash, zsh, fish.',
  )
})
