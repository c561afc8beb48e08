import type { CommandEntry, OptionEntry } from './entries.ts'

/** A function for `compinit` to find, or to be read by `eval`. */
export function zshCompletion(entries: readonly CommandEntry[]): readonly string[] {
  const top = entries.filter(({ path }) => path.length === 1)
  return [
    '#compdef rollcall',
    '# zsh completion for rollcall, written by `rollcall completion zsh`.',
    '_rollcall() {',
    '  local -a commands verbs',
    '  if (( CURRENT == 2 )); then',
    '    commands=(',
    ...top.map(({ path, summary }) => `      ${described(path[0]!, summary)}`),
    '    )',
    "    _describe -t commands 'command' commands",
    '    return',
    '  fi',
    `  local called="\${words[2]}"`,
    ...entries
      .filter(({ verbs }) => verbs.length > 0)
      .flatMap(({ path, verbs }) => [
        `  if [[ "$called" == ${path[0]} ]]; then`,
        '    if (( CURRENT == 3 )) && [[ "$PREFIX" != -* ]]; then',
        '      verbs=(',
        ...verbs.map(({ name, summary }) => `        ${described(name, summary)}`),
        '      )',
        "      _describe -t verbs 'verb' verbs",
        '      return',
        '    fi',
        `    case "\${words[3]}" in ${verbs.map(({ name }) => name).join('|')}) called="$called \${words[3]}"; shift words; (( CURRENT-- )) ;; esac`,
        '  fi',
      ]),
    '  shift words; (( CURRENT-- ))',
    '  case "$called" in',
    ...entries.flatMap(({ path, options, words }) => [
      `    '${path.join(' ')}')`,
      `      _arguments ${[...options.map(optionSpec), ...(words.length > 0 ? [quoted(`*:word:(${words.join(' ')})`)] : [])].join(' \\\n        ')}`,
      '      ;;',
    ]),
    '  esac',
    '}',
    'if [ "$funcstack[1]" = _rollcall ]; then _rollcall "$@"; else compdef _rollcall rollcall; fi',
  ]
}

const described = (name: string, summary: string): string => quoted(`${name}:${summary.replaceAll(':', '\\:')}`)

function optionSpec({ name, summary, takesValue, values, isFile }: OptionEntry): string {
  const told = summary.replaceAll('\\', '\\\\').replaceAll(/[[\]:]/g, '\\$&')
  const value = isFile ? ':file:_files' : `:value:(${values.join(' ')})`
  // It may be repeated, as some may; one that may not is refused by the command in words.
  return quoted(`*--${name}[${told}]${takesValue ? value : ''}`)
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
