import { CliError, EXIT } from './exit-code.ts'

/** Longer signs before their beginnings. */
const SIGNS: readonly [sign: string, op: string][] = [
  ['!=', '!='],
  ['>=', '>='],
  ['<=', '<='],
  ['=~', 'regex'],
  ['^=', 'prefix'],
  ['*=', 'glob'],
  ['=', '='],
  ['>', '>'],
  ['<', '<'],
]
const NUMBER = /^-?\d+(\.\d+)?$/
/** Fields that hold numbers are compared with numbers, those that hold words with words. */
const COUNTS = /per-hour|per-minute|-5m$|^crash-free|baseline|metric\.value/

/** `project=web`, `severity=P1,P2`, `tag.plan!=free`, `transaction^=/api/`, `users-per-hour>=100`. Throws CliError. */
export function readMatcher(text: string): { field: string; op: string; value: unknown } {
  const field = /^[A-Za-z][\w.-]*/.exec(text)?.[0] ?? ''
  const rest = text.slice(field.length)
  const found = SIGNS.find(([sign]) => rest.startsWith(sign))
  const value = rest.slice(found?.[0].length ?? 0)
  if (field === '' || found === undefined || value === '') {
    const words = `"${text}" is no matcher: write field=value, such as project=web, severity=P1,P2 or transaction^=/api/`
    throw new CliError(EXIT.usage, words)
  }
  const [, op] = found
  const several = value.split(',').map(one => read(field, one))
  if (several.length > 1 && (op === '=' || op === '!='))
    return { field, op: op === '=' ? 'in' : 'not-in', value: several }
  return { field, op, value: read(field, value) }
}

function read(field: string, text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return NUMBER.test(text) && COUNTS.test(field) ? Number(text) : text
}

/** All of them together, as a condition of the rules. */
export function readMatchers(texts: readonly string[]): unknown {
  const [first, ...more] = texts.map(readMatcher)
  if (first === undefined)
    throw new CliError(EXIT.usage, 'say what is to be quiet: --matcher project=web (several: all of them)')
  return more.length === 0 ? first : { all: [first, ...more] }
}
