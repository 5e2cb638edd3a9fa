import { type Field, type FieldType, fieldNamed, fieldNames, type Table } from '../classify/fields.ts'
import { didYouMean } from '../suggest.ts'
import { affordsPattern } from './check-effort.ts'
import { describeType, whyValueDoesNotFit } from './fits-field.ts'
import { isObject, type Path, type ProblemList, type RawObject } from './problem-list.ts'

const MOST_VALUES = 500
const KEYS = ['field', 'op', 'value', 'than']

const ORDERED = ['=', '!=', '<', '<=', '>', '>=', 'in', 'not-in', 'known', 'unknown']
/** What a field of each type may be compared by. */
export const OPERATORS: Readonly<Record<FieldType, readonly string[]>> = {
  number: ORDERED,
  level: ORDERED,
  text: ['=', '!=', 'in', 'not-in', 'prefix', 'glob', 'regex', 'known', 'unknown'],
  severity: ['=', '!=', 'in', 'not-in', 'known', 'unknown'],
  boolean: ['=', '!=', 'known', 'unknown'],
}
const EVERY_OP = [...new Set(Object.values(OPERATORS).flat())]

/** One comparison as it was written: its field exists here, its operator fits the field's type, its value too. */
export function checkComparison(input: RawObject, path: Path, table: Table | null, problems: ProblemList): void {
  for (const key of Object.keys(input).filter(name => !KEYS.includes(name))) {
    problems.add(
      [...path, key],
      `unknown field "${key}".${didYouMean(key, [...KEYS, 'all', 'any', 'none', 'not', 'cel'])}`,
    )
  }
  const field = checkField(input.field, [...path, 'field'], table, problems)
  const { op } = input
  const ops = field === null ? EVERY_OP : OPERATORS[field.type]
  if (typeof op !== 'string' || !EVERY_OP.includes(op)) {
    problems.add([...path, 'op'], `must be one of: ${ops.join(' ')}`)
  } else if (field !== null && !ops.includes(op)) {
    const type = `"${field.name}" (${field.type})`
    problems.add([...path, 'op'], `"${op}" does not fit ${type}; use one of: ${ops.join(' ')}`)
  } else if (field !== null) {
    checkRightSide(input, op, field, path, table, problems)
  }
}

export const WHERE: Record<Table, string> = {
  issue: 'a severity rule about an issue',
  project: 'a severity rule about a project',
  metric: 'a severity rule about a metric alert',
  source: 'a severity rule about a source',
  route: 'a route',
}
const TABLES = ['issue', 'project', 'metric', 'source', 'route'] as const
const EVERY_NAME = [...new Set(TABLES.flatMap(fieldNames))]

function checkField(name: unknown, path: Path, table: Table | null, problems: ProblemList): Field | null {
  if (typeof name !== 'string') {
    problems.add(path, 'must be the name of a field, such as "users-per-hour" or "tag.plan"')
    return null
  }
  const field = fieldNamed(name)
  if (field === undefined) {
    const known = table === null ? EVERY_NAME : fieldNames(table)
    problems.add(path, `unknown field "${name}".${didYouMean(name, known)} A tag is asked as "tag.<name>".`)
    return null
  }
  if (table !== null && !field.tables.includes(table)) {
    problems.add(path, `${WHERE[table]} cannot ask "${name}"; it can ask: ${fieldNames(table).join(', ')}`)
    return null
  }
  return field
}

function checkRightSide(
  input: RawObject,
  op: string,
  field: Field,
  path: Path,
  table: Table | null,
  problems: ProblemList,
): void {
  const { value, than } = input
  const at = [...path, 'value']
  const list = op === 'in' || op === 'not-in'
  if (op === 'known' || op === 'unknown') {
    for (const key of ['value', 'than'].filter(name => input[name] !== undefined)) {
      problems.add([...path, key], `"${op}" takes no "${key}": remove it`)
    }
  } else if (than !== undefined) {
    if (value !== undefined) problems.add([...path, 'than'], 'compare with "value" or with "than", not with both')
    if (list) problems.add([...path, 'than'], `"${op}" takes a list in "value"; "than" goes with = != < <= > >=`)
    checkThan(than, field, [...path, 'than'], table, problems)
  } else if (value === undefined) {
    problems.add(at, `missing: "${field.name}" ${op} what? ${describeType(field)}`)
  } else if (!list) {
    checkValue(value, op, field, at, problems)
  } else if (!Array.isArray(value) || value.length === 0 || value.length > MOST_VALUES) {
    problems.add(at, `"${op}" takes a list of 1 to ${MOST_VALUES} values`)
  } else {
    for (const [index, item] of value.entries()) checkValue(item, op, field, [...at, index], problems)
  }
}

function checkThan(than: unknown, field: Field, path: Path, table: Table | null, problems: ProblemList): void {
  if (!isObject(than)) {
    problems.add(path, 'must be {"field": a number field, "factor": a number above 0}')
    return
  }
  for (const key of Object.keys(than).filter(name => name !== 'field' && name !== 'factor')) {
    problems.add([...path, key], `unknown field "${key}".${didYouMean(key, ['field', 'factor'])}`)
  }
  const other = checkField(than.field, [...path, 'field'], table, problems)
  const odd = [field, other].find(side => side !== null && side.type !== 'number')
  if (odd) problems.add(path, `only numbers compare with another field; "${odd.name}" is ${odd.type}`)
  const { factor } = than
  if (factor !== undefined && !(typeof factor === 'number' && Number.isFinite(factor) && factor > 0)) {
    problems.add([...path, 'factor'], 'must be a number above 0')
  }
}

function checkValue(value: unknown, op: string, field: Field, path: Path, problems: ProblemList): void {
  if (op === 'regex' && typeof value === 'string' && !affordsPattern(value, path, problems)) return
  const misfit = whyValueDoesNotFit(value, op, field)
  if (misfit !== null) problems.add(path, misfit)
}
