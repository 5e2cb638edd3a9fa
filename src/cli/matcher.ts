import { CliError, EXIT } from './exit-code.ts'

/** Longer signs before their beginnings. */
const SIGNS: readonly [sign: string, op: string][] = [
  ['!=', '!='],
  ['>=', '>='],
  ['<=', '<='],
  ['=~', 'regex'],
  ['!~', 'not-regex'],
  ['^=', 'prefix'],
  ['*=', 'glob'],
  ['=', '='],
  ['>', '>'],
  ['<', '<'],
]
const NUMBER = /^-?\d+(\.\d+)?$/
/** Fields that hold numbers are compared with numbers, those that hold words with words. Tags hold words. */
const COUNTS = /^(?!tag\.)(.*(per-hour|per-minute|-5m)$|crash-free|baseline|metric\.value)/
const YES_OR_NO = /^(in-production|is-new|regressed|escalating|crashing|degraded|handled|workaround)$/

interface Comparison {
  field: string
  op: string
  value: unknown
}
type Matcher = Comparison | { any: Comparison[] } | { none: Comparison[] }

/**
 * `project=web`, `severity=P1,P2`, `tag.plan!=free`, `transaction^=/api/`, `project=~^web`, `project!~^web`,
 * `users-per-hour>=100`; in double quotes it is one value, commas and all. What looks like another sign (`==`, `!=~`) is
 * refused: it would hide nothing, or everything. Throws CliError.
 */
export function readMatcher(text: string): Matcher {
  const field = /^[A-Za-z][\w.:-]*/.exec(text)?.[0] ?? ''
  const rest = text.slice(field.length)
  const found = SIGNS.find(([sign]) => rest.startsWith(sign))
  const given = rest.slice(found?.[0].length ?? 0)
  if (field === '' || found === undefined || given === '') throw noMatcher(text)
  const [sign, op] = found
  if (op === 'regex') return { field, op, value: given }
  if (op === 'not-regex') return { none: [{ field, op: 'regex', value: given }] }
  const quoted = /^\s*"(.*)"\s*$/s.exec(given)?.[1]
  if (quoted === undefined && (/^[=~<>"]/.test(given) || given.trim() === '')) throw noMatcher(text, sign)
  const texts = quoted === undefined ? given.split(',').map(one => one.trim()) : [quoted]
  if (texts.includes('')) throw noMatcher(text)
  const [first = '', ...more] = texts
  if (more.length === 0) return { field, op, value: read(field, first) }
  if (op === '=' || op === '!=')
    return { field, op: op === '=' ? 'in' : 'not-in', value: texts.map(one => read(field, one)) }
  if (op === 'prefix' || op === 'glob') return { any: texts.map(value => ({ field, op, value })) }
  throw noMatcher(text)
}

function noMatcher(text: string, sign?: string): CliError {
  const after = sign === undefined ? '' : ` (what follows "${sign}" is no value; put it in double quotes if it is)`
  const words = `"${text}" is no matcher${after}: write field=value, such as project=web, severity=P1,P2, transaction^=/api/ or project!~^web`
  return new CliError(EXIT.usage, words)
}

function read(field: string, text: string): string | number | boolean {
  if (YES_OR_NO.test(field) && (text === 'true' || text === 'false')) return text === 'true'
  return NUMBER.test(text) && COUNTS.test(field) ? Number(text) : text
}

/** All of them together, as a condition of the rules. */
export function readMatchers(texts: readonly string[]): unknown {
  const [first, ...more] = texts.map(readMatcher)
  if (first === undefined)
    throw new CliError(EXIT.usage, 'say what is to be quiet: --matcher project=web (several: all of them)')
  return more.length === 0 ? first : { all: [first, ...more] }
}
