import type { CommandEntry } from './entries.ts'

/** Works from the bash 3.2 that macOS has, which knows no tables; the words of file names are bash's own. */
export function bashCompletion(entries: readonly CommandEntry[]): readonly string[] {
  const top = entries.filter(({ path }) => path.length === 1).map(({ path }) => path[0]!)
  const groups = entries.filter(({ verbs }) => verbs.length > 0)
  return [
    '# bash completion for rollcall, written by `rollcall completion bash`.',
    '_rollcall() {',
    `  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" called="\${COMP_WORDS[1]}" words=""`,
    '  COMPREPLY=()',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${[...top, 'help'].join(' ')}" -- "$current"))`,
    '    return',
    '  fi',
    ...groups.flatMap(({ path, verbs }) => [
      `  if [ "$called" = ${path[0]} ] && [ "$COMP_CWORD" -gt 2 ]; then`,
      `    case "\${COMP_WORDS[2]}" in ${verbs.map(({ name }) => name).join('|')}) called="$called \${COMP_WORDS[2]}" ;; esac`,
      '  fi',
    ]),
    '  case "$called $previous" in',
    ...entries.flatMap(({ path, options }) =>
      options
        .filter(({ takesValue }) => takesValue)
        .map(
          ({ name, values, isFile }) =>
            `    '${path.join(' ')} --${name}') ${isFile ? 'COMPREPLY=($(compgen -f -- "$current"))' : `COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$current"))`}; return ;;`,
        ),
    ),
    '  esac',
    '  case "$called" in',
    ...entries.map(
      ({ path, options, words, verbs }) =>
        `    '${path.join(' ')}') case "$current" in -*) words="${options.map(({ name }) => `--${name}`).join(' ')}" ;; *) words="${[...words, ...verbs.map(({ name }) => name)].join(' ')}" ;; esac ;;`,
    ),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -F _rollcall rollcall',
  ]
}
