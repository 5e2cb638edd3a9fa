import { EVERYWHERE } from './arguments.ts'
import type { Command, Option } from './command.ts'
import { EXIT_WORDS } from './exit-code.ts'

const ENVIRONMENT = [
  ['TOCSIN_URL', 'where Tocsin is (http://127.0.0.1:8080)'],
  ['TOCSIN_API_KEY', 'the API key; never an argument'],
  ['TOCSIN_API_KEY_FILE', 'in its place: a file that holds it and that only you can read'],
  ['NODE_EXTRA_CA_CERTS', 'a file with the certificate of your own authority'],
  ['NO_COLOR', 'no colours, also on a terminal'],
] as const

const rows = (pairs: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, about]) => `  ${name.padEnd(width)}  ${about}`).join('\n')
}

/** All commands, the environment and the exit codes. */
export function helpOfAll(commands: readonly Command[]): string {
  return `tocsin: the alarm bell between Sentry and the people on call, from a shell

Commands:
${rows(commands.map(({ name, takes, about }) => [[name, ...takes].join(' '), about]))}

Everywhere:
${rows(Object.entries(EVERYWHERE).map(optionRow))}

Environment:
${rows(ENVIRONMENT)}

Exit codes:
${rows(Object.entries(EXIT_WORDS))}

tocsin help COMMAND explains one.`
}

export function helpOf({ name, about, takes, options, details, example }: Command): string {
  const all = Object.entries({ ...options, ...EVERYWHERE })
  return `tocsin ${[name, ...takes].join(' ')}

${about}.${details === undefined ? '' : `\n${details}`}

Options:
${rows(all.map(optionRow))}

Example:
  ${example}`
}

function optionRow([name, { short, value, about }]: [string, Option]): readonly [string, string] {
  return [`${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`, about]
}
