import { parseArgs } from 'node:util'
import type { Command, Given, Option } from './command.ts'
import { CliError, EXIT } from './exit-code.ts'
import { didYouMean } from './nearest.ts'

export const EVERYWHERE: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', about: 'Answer JSON on standard output, for programs' },
  timeout: { type: 'string', value: 'SECONDS', about: 'Wait so long for an answer (30)' },
  help: { type: 'boolean', short: 'h', about: 'Explain the command' },
}

const CREDENTIAL = /^--?(api[-_]?)?(key|token|secret|password|pass)(=|$)/i

/** A key among the arguments is refused before anything else is read. Throws CliError, without what was given. */
export function refuseCredentials(argv: readonly string[]): void {
  if (!argv.some(one => CREDENTIAL.test(one))) return
  const words =
    'a key is never an argument: everyone on this machine can read it (ps), and the shell writes it down. Set TOCSIN_API_KEY, or TOCSIN_API_KEY_FILE. If the one you typed is real, rotate it now'
  throw new CliError(EXIT.usage, words)
}

/** The command that was meant, and what stands after it. Throws CliError. */
export function findCommand(argv: readonly string[], commands: readonly Command[]) {
  const [first = '', second = ''] = argv
  if (first.startsWith('-')) throw new CliError(EXIT.usage, 'the command comes first: tocsin incidents --json')
  const found =
    commands.find(({ name }) => name === `${first} ${second}`) ??
    commands.find(({ name }) => name === first) ??
    // A group by itself lists.
    (second === '' || second.startsWith('-') ? commands.find(({ name }) => name === `${first} list`) : undefined)
  if (found !== undefined) {
    const words = found.name === `${first} ${second}` ? 2 : 1
    return { command: found, rest: argv.slice(words) }
  }
  const group = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name)
  if (group.length > 0) {
    const typed = second === '' ? `"${first}" needs to know what` : `there is no "${first} ${second}"`
    const near = didYouMean(`${first} ${second}`, group) || `: there are ${group.join(', ')}`
    throw new CliError(EXIT.usage, `${typed}${near}`)
  }
  const firsts = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))]
  throw new CliError(EXIT.usage, `there is no command "${first}"${didYouMean(first, firsts) || ': see tocsin help'}`)
}

/** What follows a command, held against its definition. Throws CliError with what to type instead. */
export function readArguments(command: Command, rest: readonly string[]): Given {
  const options = { ...command.options, ...EVERYWHERE }
  const unknown = rest
    .slice(0, rest.includes('--') ? rest.indexOf('--') : rest.length)
    .map(one => /^--([\w-]+)/.exec(one)?.[1])
    .find(name => name !== undefined && options[name] === undefined)
  if (unknown !== undefined) {
    const near = didYouMean(unknown, Object.keys(options)) || `: see tocsin help ${command.name}`
    throw new CliError(EXIT.usage, `"tocsin ${command.name}" has no option --${unknown}${near}`)
  }
  const { values, positionals } = parsed(command, rest, options)
  if (values.help !== true) requirePositionals(command, positionals)
  for (const [name, option] of Object.entries(options)) {
    const wrong = [values[name]]
      .flat()
      .find(value => typeof value === 'string' && option.words?.includes(value) === false)
    if (wrong === undefined) continue
    const near = didYouMean(String(wrong), option.words ?? []) || `: it takes ${option.words?.join(', ')}`
    throw new CliError(EXIT.usage, `--${name} does not take "${wrong}"${near}`)
  }
  const texts = (name: string) => [values[name] ?? []].flat().filter(value => typeof value === 'string')
  return { positionals, texts, text: name => texts(name)[0], on: name => values[name] === true }
}

function parsed(command: Command, rest: readonly string[], options: Readonly<Record<string, Option>>) {
  const wanted = Object.entries(options).map(([name, { type, multiple = false, short }]) => {
    return [name, { type, multiple, ...(short === undefined ? {} : { short }) }] as const
  })
  try {
    return parseArgs({ args: [...rest], options: Object.fromEntries(wanted), allowPositionals: true, strict: true })
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''
    throw new CliError(EXIT.usage, `${message.replace(/\.$/, '')}: see tocsin help ${command.name}`)
  }
}

function requirePositionals({ name, takes }: Command, given: readonly string[]): void {
  const needed = takes.filter(one => !one.startsWith('['))
  const missing = needed.slice(given.length)
  const usage = `tocsin ${[name, ...takes].join(' ')}`
  if (missing.length > 0) throw new CliError(EXIT.usage, `${missing.join(' ')} is missing: ${usage}`)
  const most = takes.some(one => one.includes('…')) ? Number.POSITIVE_INFINITY : takes.length
  if (given.length > most) throw new CliError(EXIT.usage, `too much after the command: ${usage}`)
}
