import { EVERYWHERE } from './arguments.ts'
import type { Command, Option } from './command.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

const optionsOf = (command: Command): [string, Option][] => Object.entries({ ...command.options, ...EVERYWHERE })
const groupsOf = (commands: readonly Command[]) => [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))]
const secondsOf = (commands: readonly Command[], group: string) =>
  commands.filter(({ name }) => name.startsWith(`${group} `)).map(({ name }) => name.split(' ')[1] ?? '')

/** A script for that shell, made from the commands themselves. Words only: it asks the service nothing. */
export function completionFor(shell: (typeof SHELLS)[number], commands: readonly Command[]): string {
  return shell === 'fish' ? fish(commands) : shell === 'zsh' ? zsh(commands) : bash(commands)
}

function bash(commands: readonly Command[]): string {
  const values = commands.flatMap(command =>
    optionsOf(command).flatMap(([name, { type, words }]) =>
      type === 'boolean'
        ? []
        : [`    '${command.name} --${name}') ${words === undefined ? 'files=1' : `words='${words.join(' ')}'`} ;;`],
    ),
  )
  const seconds = groupsOf(commands)
    .filter(group => secondsOf(commands, group).length > 0)
    .map(group => `      ${group}) words='${secondsOf(commands, group).join(' ')}' ;;`)
  const options = commands.map(command => {
    const names = optionsOf(command).map(([name]) => `--${name}`)
    const files = command.takes.some(one => one.includes('FILE')) ? ' files=1' : ''
    return `    '${command.name}') options='${names.join(' ')}'${files} ;;`
  })
  const single = commands.filter(({ name }) => !name.includes(' ')).map(({ name }) => name)
  return `# tocsin completion bash: add to ~/.bashrc:  eval "$(tocsin completion bash)"
_tocsin() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words='' options='' files=''
  local first=\${COMP_WORDS[1]} second=\${COMP_WORDS[2]} at=$COMP_CWORD command=''
  # What is explained is completed as if it were typed.
  if [ "$first" = help ] && [ "$at" -gt 1 ]; then first=$second second=\${COMP_WORDS[3]} at=$((at-1)); fi
  case "$first" in
    ${single.join('|')}) command=$first ;;
    *) case "$second" in -*) command="$first list" ;; *) command="$first $second" ;; esac ;;
  esac
  COMPREPLY=()
  if [ "$at" -eq 1 ]; then
    words='${groupsOf(commands).join(' ')}'
  elif [ "$at" -eq 2 ] && [[ $current != -* ]]; then
    case "$first" in
${seconds.join('\n')}
      completion) words='${SHELLS.join(' ')}' ;;
    esac
  else
    case "$command" in
${options.join('\n')}
    esac
    case "$command $previous" in
${values.map(line => line.replace("words='", "files='' words='")).join('\n')}
    *) if [[ $current == -* ]] || [ -z "$files" ]; then words=$options files=''; fi ;;
    esac
  fi
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
  if [ -n "$files" ]; then
    local IFS=$'\\n'
    type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -F _tocsin tocsin
`
}

function zsh(commands: readonly Command[]): string {
  return bash(commands)
    .replace('add to ~/.bashrc:  eval "$(tocsin completion bash)"', 'add to ~/.zshrc:  eval "$(tocsin completion zsh)"')
    .replace('# tocsin completion bash', '# tocsin completion zsh')
    .replace('_tocsin() {', 'autoload -Uz compinit bashcompinit && compinit -i && bashcompinit\n_tocsin() {')
    .replace('complete -F', 'complete -o filenames -F')
}

function fish(commands: readonly Command[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = [
    '# tocsin completion fish: tocsin completion fish > ~/.config/fish/completions/tocsin.fish',
    `complete -c tocsin -n __fish_use_subcommand -f -a ${quoted(groupsOf(commands).join(' '))}`,
  ]
  for (const command of commands) {
    const [group = '', second] = command.name.split(' ')
    if (second !== undefined) {
      const seconds = secondsOf(commands, group).join(' ')
      const unless = `__fish_seen_subcommand_from ${group}; and not __fish_seen_subcommand_from ${seconds}`
      lines.push(`complete -c tocsin -n ${quoted(unless)} -f -a ${second} -d ${quoted(command.about)}`)
    }
    const when = [
      '__fish_seen_subcommand_from',
      group,
      ...(second === undefined ? [] : ['; and __fish_seen_subcommand_from', second]),
    ].join(' ')
    for (const [name, { short, value, words, about }] of optionsOf(command)) {
      const letter = short === undefined ? '' : ` -s ${short}`
      const takes = words === undefined ? (value === undefined ? '' : ' -r') : ` -x -a ${quoted(words.join(' '))}`
      lines.push(`complete -c tocsin -n ${quoted(when)} -l ${name}${letter}${takes} -d ${quoted(about)}`)
    }
  }
  return `${lines.join('\n')}\n`
}
