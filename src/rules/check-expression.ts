import type { ASTNode } from '@marcbachmann/cel-js'
import { compileExpression, partsOf } from '../classify/expression.ts'
import { type ExpressionProblem, literalOf } from '../classify/expression-bounds.ts'
import { askedField } from '../classify/expression-library.ts'
import { fieldInExpression, nameInExpression } from '../classify/expression-names.ts'
import { EVERY_FIELD, fieldNamed, fieldNames, type Table } from '../classify/fields.ts'
import { whyRegexIsRefused } from '../classify/regex.ts'
import { didYouMean } from '../suggest.ts'
import { WHERE } from './check-comparison.ts'
import { affordsExpression, affordsPattern } from './check-effort.ts'
import { whyValueDoesNotFit } from './fits-field.ts'
import type { Path, ProblemList, RawObject } from './problem-list.ts'

/** One expression as it was written: it can be read, its types fit, its names belong here, its patterns and values exist. */
export function checkExpression(input: RawObject, path: Path, table: Table | null, problems: ProblemList): void {
  for (const key of Object.keys(input).filter(name => name !== 'cel'))
    problems.add(
      [...path, key],
      'cannot stand beside "cel": an expression says it all, or becomes one part of an "all"',
    )
  const at = [...path, 'cel']
  const { cel } = input
  if (typeof cel !== 'string' || cel.trim() === '') {
    problems.add(at, 'must be an expression in quotes, such as "users_per_hour > 100"')
    return
  }
  if (!affordsExpression(cel, at, problems)) return
  const found = compileExpression(cel)
  if (!('run' in found)) {
    problems.add(at, `${where(found, cel)}: ${found.message}.${suggestion(found, table)}`)
    return
  }
  checkFields(found.fields, at, table, problems)
  for (const part of partsOf(found.ast)) checkPart(part, at, problems)
}

/** Nobody counts characters: the place is shown by what stands there. */
function where({ at }: ExpressionProblem, cel: string): string {
  const rest = cel.slice(at, at + 20)
  return rest === '' ? 'at its end' : `at character ${at + 1} ("${rest}${at + 20 < cel.length ? '…' : ''}")`
}

function suggestion({ word, message }: ExpressionProblem, table: Table | null): string {
  if (word === undefined || !message.startsWith('unknown field')) return ''
  const names = table === null ? EVERY_FIELD.map(({ name }) => name) : fieldNames(table)
  return `${didYouMean(word, names.map(nameInExpression))} A tag is asked as tag("name").`
}

function checkFields(fields: readonly string[], path: Path, table: Table | null, problems: ProblemList): void {
  if (table === null) return
  const names = fieldNames(table).map(nameInExpression).join(', ')
  for (const name of fields) {
    if (fieldNamed(name)?.tables.includes(table) === true) continue
    const written = fieldInExpression(nameInExpression(name)) === undefined ? name : nameInExpression(name)
    problems.add(path, `${WHERE[table]} cannot ask "${written}"; it can ask: ${names}`)
  }
}

/** Values that a field never has, and patterns that are none. */
function checkPart(node: ASTNode, path: Path, problems: ProblemList): void {
  if (node.op === 'call' && node.args[0] === 're2') {
    const pattern = node.args[1][1] === undefined ? undefined : literalOf(node.args[1][1])
    if (typeof pattern !== 'string' || !affordsPattern(pattern, path, problems)) return
    const refused = whyRegexIsRefused(pattern)
    if (refused !== null) problems.add(path, `"${pattern}" is ${refused}`)
    return
  }
  if (!COMPARING.has(node.op)) return
  const [left, right] = node.args as [ASTNode, ASTNode]
  const field = fieldNamed(askedField(left) ?? askedField(right) ?? '')
  if (field === undefined || field.values === null) return
  const values = [left, ...(right.op === 'list' ? right.args : [right])].map(literalOf)
  for (const value of values) {
    const misfit = value === undefined ? null : whyValueDoesNotFit(value, '=', field)
    if (misfit !== null) problems.add(path, misfit)
  }
}

const COMPARING = new Set(['==', '!=', '<', '<=', '>', '>=', 'in'])
