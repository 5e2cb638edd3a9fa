import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'

/** Where something stands in a text, both from 1. */
export interface Place {
  line: number
  column: number
}

export type ReadYaml =
  | {
      value: unknown
      /** Of what a JSON pointer names; of what is not there, the place where it is missing. null: nobody can say. */
      placeOf(pointer: string): Place | null
    }
  | { mistakes: { place: Place | null; message: string }[] }

/** Each alias stands for a copy: more of them than this is not written by people (yaml, `maxAliasCount`). */
const MOST_COPIES = 100
const MOST_MISTAKES = 20

/**
 * YAML 1.2 (core schema), and JSON, which is a part of it. Refused, each with its place: names that stand twice, tags,
 * merge keys, several documents, `%YAML 1.1` (where `no` is false), and aliases that multiply. Never throws.
 */
export function readYaml(text: string): ReadYaml {
  const lines = new LineCounter()
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const refused = (place: Place | null, message: string): ReadYaml => ({ mistakes: [{ place, message }] })
  try {
    // Names that stand twice are looked for below: the library's own search takes the square of their number.
    const document = parseDocument(text.replace(/^\uFEFF/, ''), {
      ...{ lineCounter: lines, stringKeys: true, uniqueKeys: false, resolveKnownTags: false },
      ...{ merge: false, prettyErrors: false, logLevel: 'error' },
    })
    const found = [...document.errors, ...document.warnings, ...forbidden(document)]
    if (found.length > 0) return asJson(text) ?? { mistakes: told(found, placeAt) }
    if (document.directives?.yaml.version !== '1.2')
      return refused({ line: 1, column: 1 }, 'only YAML 1.2 is read: take the %YAML line away')
    const value: unknown = document.toJS({ maxAliasCount: MOST_COPIES })
    return { value, placeOf: pointer => placeIn(document, pointer, placeAt) }
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    if (/Unresolved alias/.test(message))
      return refused(null, 'an alias ("*name") names an anchor that is not above it')
    if (/alias/i.test(message)) return refused(null, `more than ${MOST_COPIES} copies by aliases: write them out`)
    return refused(null, 'is nested too deep to be read')
  }
}

/** JSON that is no YAML: indented with tabs. Without places. */
function asJson(text: string): ReadYaml | null {
  if (!/^\s*[{[]/.test(text) || !/^\t/m.test(text)) return null
  try {
    const value: unknown = JSON.parse(text, (name, inner) => {
      if (name === '__proto__') throw new Error('forbidden')
      return inner
    })
    return { value, placeOf: () => null }
  } catch {
    return null
  }
}

interface Found {
  pos: readonly [number, number]
  message: string
}

function forbidden(document: Document.Parsed): Found[] {
  const found: Found[] = []
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        const pos = [key.range?.[0] ?? 0, key.range?.[1] ?? 0] as const
        if (seen.has(key.value)) found.push({ pos, message: `"${key.value}" stands twice: the first would be lost` })
        if (key.value === '__proto__') found.push({ pos, message: '"__proto__" is a forbidden name' })
        if (key.value === '<<') found.push({ pos, message: 'merge keys ("<<") are no YAML 1.2: write it out' })
        seen.add(key.value)
      }
    },
  })
  return found
}

/** One for each place: what follows from a mistake is none of its own. */
function told(found: readonly Found[], placeAt: (offset: number) => Place) {
  const places = new Map<number, { place: Place; message: string }>()
  for (const { pos, message } of found) {
    const place = placeAt(pos[0])
    if (places.size < MOST_MISTAKES && !places.has(place.line))
      places.set(place.line, { place, message: inWords(message) })
  }
  return [...places.values()]
}

/** The library's words, without what they quote of the text: that may be a secret. */
function inWords(message: string): string {
  const [first = ''] = message.split('\n')
  const plain = first.replace(/ at line \d+, column \d+:?$/, '').replace(/: ".*$|(?<=extra characters): .*$/, '')
  if (/^Unresolved tag/.test(plain)) return 'tags ("!…") are not read: write the value plainly'
  if (/call stack/.test(plain)) return 'is nested too deep to be read'
  if (/multiple documents/.test(plain)) return 'several documents in one text ("---"): only one is read'
  return plain
}

function placeIn(document: Document.Parsed, pointer: string, placeAt: (offset: number) => Place): Place | null {
  let node: unknown = document.contents
  let start = offsetOf(node)
  for (const part of pointer === '' ? [] : pointer.slice(1).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === name)
      if (pair === undefined) break
      start = offsetOf(pair.key) ?? start
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(name)]
      start = offsetOf(node) ?? start
    } else break
  }
  return start === null ? null : placeAt(start)
}

function offsetOf(node: unknown): number | null {
  return (node as Node | null | undefined)?.range?.[0] ?? null
}
