import { createApi } from './api.ts'
import { type KeySource, readApiKey } from './api-key.ts'
import { findCommand, readArguments, refuseCredentials } from './arguments.ts'
import type { Tools } from './command.ts'
import { COMMANDS } from './commands.ts'
import { CliError, EXIT, type ExitCode } from './exit-code.ts'
import { helpOf, helpOfAll } from './help.ts'
import { createPaint, tame } from './paint.ts'

export interface Surroundings extends KeySource {
  argv: readonly string[]
  stdin(): Promise<string>
  out(text: string): void
  err(text: string): void
  terminal: boolean
  newId(): string
  sleep(ms: number): Promise<void>
}

/** One call of `tocsin`, from its arguments to its exit code. Never throws what it knows; never tells a secret. */
export async function run(around: Surroundings): Promise<ExitCode> {
  const { argv, env } = around
  const json = argv.includes('--json')
  const colours = around.terminal && !env.NO_COLOR && env.TERM !== 'dumb'
  const secrets = new Set<string>()
  const hidden = (text: string) => [...secrets].reduce((told, secret) => told.replaceAll(secret, '[hidden]'), text)
  const clean = (text: string) => hidden(tame(text, colours))
  const out = (text: string) => around.out(clean(text))
  // Files and JSON are exact, unless they go to a terminal.
  const exact = (text: string) => around.out(around.terminal ? clean(text) : hidden(text))
  const fail = (error: CliError) => {
    around.err(clean(`tocsin: ${error.message}\n`))
    if (json) exact(`${JSON.stringify(error.shown ?? { detail: error.message, exit: error.exit }, null, 2)}\n`)
    return error.exit
  }
  try {
    refuseCredentials(argv)
    if (argv.length === 0 || argv[0] === '--help' || argv[0] === '-h') {
      out(`${helpOfAll(COMMANDS)}\n`)
      return argv.length === 0 ? EXIT.usage : EXIT.fine
    }
    const group = groupAsked(argv)
    if (group.length > 0) {
      out(`${group.map(helpOf).join('\n\n')}\n`)
      return EXIT.fine
    }
    const { command, rest } = findCommand(argv, COMMANDS)
    const given = readArguments(command, rest)
    if (given.on('help')) {
      out(`${helpOf(command)}\n`)
      return EXIT.fine
    }
    const tools: Tools = {
      api: createApi({
        url: addressIn(env, text => around.err(`tocsin: ${text}\n`)),
        timeoutMs: secondsIn(given.text('timeout') ?? '30') * 1_000,
        longest: given.text('timeout') !== undefined,
        newId: around.newId,
        sleep: around.sleep,
        async key() {
          const key = await readApiKey(around)
          secrets.add(key)
          return key
        },
      }),
      env,
      readFile: path => fileAt(around, path),
      say: text => void (json || out(`${text}\n`)),
      data: value => void (json && exact(`${JSON.stringify(value, null, 2)}\n`)),
      raw: exact,
      warn: text => around.err(clean(`tocsin: ${text}\n`)),
      paint: createPaint(colours),
      // What is shorter stands in too much other text.
      hide: secret => void (secret.length >= 6 && secrets.add(secret)),
    }
    return await command.run(given, tools)
  } catch (error) {
    if (error instanceof CliError) return fail(error)
    return fail(
      new CliError(
        EXIT.unreachable,
        `this should not have happened: ${error instanceof Error ? error.message : error}`,
      ),
    )
  }
}

/** The commands of `tocsin rules --help`, where there is none of that one word. */
function groupAsked([first = '', ...rest]: readonly string[]) {
  const [asked, ...more] = rest
  if ((asked !== '--help' && asked !== '-h') || more.length > 0) return []
  return COMMANDS.filter(({ name }) => name.startsWith(`${first} `))
}

async function fileAt({ readFile, stdin }: Surroundings, path: string): Promise<string> {
  try {
    return await (path === '-' ? stdin() : readFile(path))
  } catch (error) {
    if (error instanceof TypeError) throw new CliError(EXIT.usage, `${path} is not UTF-8: save it as UTF-8`)
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
    throw new CliError(EXIT.usage, `${path} cannot be read${code}`)
  }
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

function addressIn({ TOCSIN_URL }: Surroundings['env'], warn: (text: string) => void): string {
  const text = TOCSIN_URL === undefined || TOCSIN_URL === '' ? 'http://127.0.0.1:8080' : TOCSIN_URL
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new CliError(EXIT.usage, 'TOCSIN_URL is no address: such as https://tocsin.example.com')
  if (url.username !== '' || url.password !== '')
    throw new CliError(EXIT.usage, 'TOCSIN_URL holds a user or password: take it out, the key has its own variable')
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    warn('TOCSIN_URL is plain http: whoever sits between can read the key; use https, or a network you trust')
  return `${url.origin}${url.pathname}`.replace(/\/api\/v1\/?$/, '')
}

function secondsIn(text: string): number {
  const seconds = Number(text)
  if (seconds > 0 && seconds <= 3_600) return seconds
  throw new CliError(EXIT.usage, '--timeout takes seconds, up to 3600')
}
