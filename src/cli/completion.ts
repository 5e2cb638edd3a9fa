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
  const words = commands.flatMap(command =>
    optionsOf(command).flatMap(([name, option]) =>
      option.words === undefined ? [] : [`    '${command.name} --${name}') words='${option.words.join(' ')}' ;;`],
    ),
  )
  return `# tocsin completion bash: add to ~/.bashrc:  eval "$(tocsin completion bash)"
_tocsin() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=''
  local command="\${COMP_WORDS[1]} \${COMP_WORDS[2]}"
  case "\${COMP_WORDS[1]}" in ${commands
    .filter(({ name }) => !name.includes(' '))
    .map(({ name }) => name)
    .join('|')}) command=\${COMP_WORDS[1]} ;; esac
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${groupsOf(commands).join(' ')}'
  elif [ "$COMP_CWORD" -eq 2 ] && [[ $current != -* ]]; then
    case "$previous" in
${groupsOf(commands)
  .filter(group => secondsOf(commands, group).length > 0)
  .map(group => `    ${group}) words='${secondsOf(commands, group).join(' ')}' ;;`)
  .join('\n')}
    completion) words='${SHELLS.join(' ')}' ;;
    esac
  else
    case "$command $previous" in
${words.join('\n')}
    *)
      case "$command" in
${commands
  .map(
    command =>
      `      '${command.name}') words='${optionsOf(command)
        .map(([name]) => `--${name}`)
        .join(' ')}' ;;`,
  )
  .join('\n')}
      esac ;;
    esac
  fi
  [ -n "$words" ] && COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ "\${#COMPREPLY[@]}" -eq 0 ] && [[ $current != -* ]]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _tocsin tocsin
`
}

function zsh(commands: readonly Command[]): string {
  return bash(commands)
    .replace('add to ~/.bashrc:  eval "$(tocsin completion bash)"', 'add to ~/.zshrc:  eval "$(tocsin completion zsh)"')
    .replace('# tocsin completion bash', '# tocsin completion zsh')
    .replace('_tocsin() {', 'autoload -Uz compinit bashcompinit && compinit -i && bashcompinit\n_tocsin() {')
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
