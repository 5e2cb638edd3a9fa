import type { ASTNode, ParseResult } from '@marcbachmann/cel-js'
import { LONGEST_EXPRESSION, type Truth } from './condition.ts'
import { type ExpressionProblem, outOfBounds } from './expression-bounds.ts'
import { askedField, LIBRARY, runWith } from './expression-library.ts'
import type { ReadField } from './fields.ts'
import { keepLast } from './keep-last.ts'

export interface CompiledExpression {
  /** Every field that it names, in the order they are written. */
  fields: string[]
  ast: ASTNode
  run: ParseResult
}

/**
 * Characters: what two documents may hold, the published one, and a draft that is tried out beside it. Measured: a
 * compiled expression takes 50 bytes for each.
 */
const KEPT = 2_000_000

const compiled = keepLast(KEPT, compile, (_, text) => text.length)

/** The expression, or what is wrong with it first. Compiled once. Never throws. */
export function compileExpression(text: string): CompiledExpression | ExpressionProblem {
  return compiled(text)
}

/**
 * Does it hold? Three-valued, like a comparison: what it needs and nobody knows makes it unknown, never false, unless it
 * is decided without. So does what cannot be reckoned (division by zero), and what was never let in. Never throws.
 * `open`: fields without a value may have any.
 */
export function evaluateExpression(text: string, read: ReadField, open = false): Truth {
  const found = compiled(text)
  if (!('run' in found)) return 'unknown'
  try {
    const result = runWith({ read, open }, values => found.run(values as Record<string, unknown>))
    return typeof result === 'boolean' ? result : 'unknown'
  } catch {
    return 'unknown'
  }
}

/** The fields that an expression names; none where it cannot be read. */
export function fieldsOfExpression(text: string): string[] {
  const found = compiled(text)
  return 'run' in found ? found.fields : []
}

function compile(text: string): CompiledExpression | ExpressionProblem {
  if (text.length > LONGEST_EXPRESSION)
    return { at: 0, message: `longer than ${LONGEST_EXPRESSION} characters: split it into several conditions` }
  try {
    const run = LIBRARY.parse(text)
    const problem = outOfBounds(run.ast)
    if (problem !== null) return problem
    const { valid, type, error } = run.check()
    if (!valid) return error === undefined ? { at: 0, message: 'cannot be read' } : problemOf(error)
    if (type !== 'bool') return { at: 0, message: `must come out true or false, not as a ${inWords(type)}` }
    const fields = fieldsIn(run.ast)
    if (fields.length === 0) return { at: 0, message: 'asks about no field, so it is always the same' }
    return { fields, ast: run.ast, run }
  } catch (error) {
    return problemOf(error)
  }
}

const WORDS: Readonly<Record<string, string>> = {
  double: 'number',
  int: 'number',
  string: 'text',
  text: 'text',
  level: 'level',
}

function inWords(type: string | undefined): string {
  return WORDS[type ?? ''] ?? 'value'
}

/** The library's word for it, with our names of the types. */
function problemOf(error: unknown): ExpressionProblem {
  const { code, summary, range } = error as { code?: string; summary?: string; range?: { start: number } }
  const at = range?.start ?? 0
  if (code === 'limit_exceeded')
    return { at, message: 'too long or too deeply nested: split it into several conditions' }
  const said = summary ?? 'cannot be read'
  if (said.startsWith('List elements'))
    return { at, message: 'a list holds one type: texts, or numbers written all with a point or all without' }
  if (said.startsWith('Ternary branches'))
    return {
      at,
      message: 'both sides of ":" must be of one type, and a field is not a written text: compare each side',
    }
  const message = said
    .replace(/^no such overload: /, 'cannot be compared or reckoned: ')
    .replaceAll(/\b(double|int)\b/g, 'number')
    .replaceAll(/\bstring\b/g, 'text')
    .replaceAll(/\bbool\b/g, 'true or false')
  return { at, message: message.slice(0, 300) }
}

/** Every piece of an expression, itself first. */
export function partsOf(node: ASTNode): ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [node]
    case 'call':
      return [node, ...node.args[1].flatMap(partsOf)]
    case 'rcall':
      return [node, ...[node.args[1], ...node.args[2]].flatMap(partsOf)]
    case '!_':
    case '-_':
      return [node, ...partsOf(node.args)]
    default:
      return [node, ...(node.args as readonly ASTNode[]).flatMap(partsOf)]
  }
}

/** The fields that a piece names, in the order they are written. */
export function fieldsIn(piece: ASTNode): string[] {
  return [...new Set(partsOf(piece).flatMap(node => askedField(node) ?? []))]
}
