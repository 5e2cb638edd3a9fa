import { accessCommands } from './access-commands.ts'
import type { Command } from './command.ts'
import { completionFor, SHELLS } from './completion.ts'
import { CliError, EXIT } from './exit-code.ts'
import { helpOf, helpOfAll } from './help.ts'
import { incidentCommands } from './incident-commands.ts'
import { didYouMean } from './nearest.ts'
import { rulesCommands } from './rules-commands.ts'
import { silenceCommands } from './silence-commands.ts'
import { simulateCommand } from './simulate-command.ts'

const completion: Command = {
  name: 'completion',
  about: 'A script that completes these commands in your shell',
  takes: ['bash|zsh|fish'],
  options: {},
  example: 'eval "$(tocsin completion bash)"',
  async run({ positionals: [wanted = ''] }, { raw }) {
    const shell = SHELLS.find(one => one === wanted)
    if (shell === undefined)
      throw new CliError(EXIT.usage, `no completion for "${wanted}": there is bash, zsh and fish`)
    raw(completionFor(shell, COMMANDS))
    return EXIT.fine
  },
}

const help: Command = {
  name: 'help',
  about: 'Explain all commands, or one',
  takes: ['[COMMAND…]'],
  options: {},
  example: 'tocsin help rules apply',
  async run({ positionals }, { raw }) {
    const wanted = positionals.join(' ')
    const found = COMMANDS.find(({ name }) => name === wanted)
    const group = COMMANDS.filter(({ name }) => name.startsWith(`${wanted} `))
    if (wanted === '' || wanted === 'exit-codes') raw(`${helpOfAll(COMMANDS)}\n`)
    else if (found !== undefined) raw(`${helpOf(found)}\n`)
    else if (group.length > 0) raw(`${group.map(helpOf).join('\n\n')}\n`)
    else {
      const near =
        didYouMean(
          wanted,
          COMMANDS.map(({ name }) => name),
        ) || ': see tocsin help'
      throw new CliError(EXIT.usage, `there is no command "${wanted}"${near}`)
    }
    return EXIT.fine
  },
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  ...rulesCommands,
  simulateCommand,
  ...silenceCommands,
  ...incidentCommands,
  ...accessCommands,
  completion,
  help,
]
