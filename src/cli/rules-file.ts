import { type Place, readYaml } from '../platform/read-yaml.ts'
import type { Tools } from './command.ts'
import { CliError, EXIT } from './exit-code.ts'

export interface FileProblem {
  path: string
  message: string
  line: number | null
  column: number | null
}

export interface RulesFile {
  name: string
  document: Record<string, unknown>
  problems: FileProblem[]
  /** Where a pointer of the API's answer leads in the file. */
  placeOf(pointer: string): Place | null
  /** Environment variables that it names and that are not set. */
  unset: string[]
}

const API_VERSION = 'tocsin/v1'
type Raw = Record<string, unknown>

/**
 * A file as it will be sent: read here, so that problems have their lines, and secrets by reference taken from the
 * environment. A file of the rules alone is as good. Secrets that stand in it are problems: files are shared.
 */
export async function readRulesFile(name: string, { readFile, env, hide }: Tools): Promise<RulesFile> {
  const read = readYaml(await readFile(name))
  if ('mistakes' in read) {
    const problems = read.mistakes.map(({ place, message }) => problem('', message, place))
    return { name, document: {}, problems, placeOf: () => null, unset: [] }
  }
  const { value, placeOf } = read
  if (!isObject(value)) {
    const problems = [problem('', 'is no document of rules: begin with "tocsin rules export"', placeOf(''))]
    return { name, document: {}, problems, placeOf, unset: [] }
  }
  const alone = value.apiVersion === undefined && 'severityRules' in value
  if (alone) {
    const document = { apiVersion: API_VERSION, rules: value }
    return { name, document, problems: [], unset: [], placeOf: path => placeOf(path.replace(/^\/rules/, '')) }
  }
  const secrets = withSecrets(value, env, hide)
  const problems = secrets.plain.map(path => problem(path, PLAIN, placeOf(path)))
  const byId = (pointer: string) => pointer.replace(/^\/destinations\/([^/]+)/, (all, id) => indexOf(value, id) ?? all)
  return { name, document: secrets.document, problems, placeOf: path => placeOf(byId(path)), unset: secrets.unset }
}

/** Warnings name destinations by their id, because most are in no file. */
function indexOf({ destinations }: Raw, id: string): string | null {
  const at = Array.isArray(destinations) ? destinations.findIndex(one => isObject(one) && one.id === id) : -1
  return at < 0 ? null : `/destinations/${at}`
}

const PLAIN = 'is a secret, and does not belong in a file: write { fromEnv: NAME }; if it is real, rotate it now'

function problem(path: string, message: string, place: Place | null): FileProblem {
  return { path, message, line: place?.line ?? null, column: place?.column ?? null }
}

function withSecrets(value: Raw, env: Tools['env'], hide: Tools['hide']) {
  const [plain, unset]: [string[], Set<string>] = [[], new Set()]

  function resolve(given: unknown, path: string): unknown {
    const name = referenceIn(given)
    if (name !== null) {
      const found = env[name]
      if (found === undefined || found === '') {
        unset.add(name)
        return { fromEnv: name }
      }
      hide(found)
      return found
    }
    if (Array.isArray(given)) return given.map((one, at) => resolve(one, `${path}/${at}`))
    if (typeof given === 'string') {
      hide(given)
      plain.push(path)
    }
    return given
  }

  function record(one: unknown, path: string): unknown {
    if (!isObject(one) || !isObject(one.secret)) return one
    const members = Object.entries(one.secret).map(([name, given]) => [name, resolve(given, `${path}/secret/${name}`)])
    return { ...one, secret: Object.fromEntries(members) }
  }

  const document: Raw = { ...value }
  for (const list of ['destinations', 'sources']) {
    const rows = value[list]
    if (Array.isArray(rows)) document[list] = rows.map((one, at) => record(one, `/${list}/${at}`))
  }
  return { document, plain, unset: [...unset] }
}

/** `{ fromEnv: NAME }`, or `${env:NAME}` in one word. */
function referenceIn(given: unknown): string | null {
  if (isObject(given) && typeof given.fromEnv === 'string') return given.fromEnv
  return typeof given === 'string' ? (/^\$\{env:([A-Za-z_]\w*)\}$/.exec(given)?.[1] ?? null) : null
}

export function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What the API found, with the lines of the file. */
export function placed(file: RulesFile, problems: readonly { path: string; message: string }[]): FileProblem[] {
  return problems.map(({ path, message }) => problem(path, message, file.placeOf(path)))
}

/** `rules.yaml:12:5: /rules/routes/0/policy there is no policy …`, as editors and compilers write it. */
export function sayProblem(file: string, { path, message, line, column }: FileProblem): string {
  const place = [file, line, column].filter(part => part !== null).join(':')
  return `${place}: ${path === '' ? '' : `${path} `}${message}`
}

/** Throws when something must be set and is not. */
export function requireSet({ unset, name }: RulesFile): void {
  if (unset.length === 0) return
  const words = `${name} takes secrets from ${unset.join(', ')}, and the environment does not have ${unset.length === 1 ? 'it' : 'them'}: set ${unset.length === 1 ? 'it' : 'them'}, or write "secret: kept"`
  throw new CliError(EXIT.usage, words)
}
