import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { nameInExpression } from './expression-names.ts'
import { declareTexts, NO_TEXT, Text } from './expression-text.ts'
import { EVERY_FIELD, type FieldType, type FieldValue, type ReadField, TAG_PREFIX } from './fields.ts'
import { LEVELS } from './level.ts'
import { fitsRegex } from './regex.ts'

/**
 * The expression language as the library is given it: our fields as variables with their types, four functions, limits.
 * A field that is unknown is an error to the library, and its `&&` and `||` decide without an operand that is an error
 * where the other one is enough: three-valued logic, as of the plain matchers.
 */

/** Thrown for whatever is not known; one object, because making an error for each would cost more than the expression. */
export const UNKNOWN = new Error('not known')

export interface Reading {
  read: ReadField
  /** What has no value may be anything: then nobody can say whether it is `known`. */
  open: boolean
}

/** What the running evaluation reads: they run to their end, one after the other, and reading evaluates nothing. */
let reading: Reading = { read: () => undefined, open: true }

/** Runs it with the values that `now` reads. Throws what the library throws, or UNKNOWN. */
export function runWith(now: Reading, run: (values: object) => unknown): unknown {
  const before = reading
  reading = now
  try {
    return run(VALUES)
  } finally {
    reading = before
  }
}

/** Ordered, and equal to its name. */
class Level {
  readonly name: string
  readonly place: number
  constructor(name: string, place: number) {
    this.name = name
    this.place = place
  }
}
const SCALE = new Map<unknown, Level>(LEVELS.map((name, place) => [name, new Level(name, place)]))
const NO_LEVEL = new Level('', Number.NaN)

/** What is known to have no value is not equal to anything, and neither above nor below: a number is then no number. */
function typedValue(field: string, type: FieldType): unknown {
  const value = reading.read(field)
  if (value === undefined) throw UNKNOWN
  if (type === 'number') return numberOf(value)
  if (type === 'boolean') return typeof value === 'boolean' ? value : wrong(value, false)
  if (type === 'level') return SCALE.get(value) ?? wrong(value, NO_LEVEL)
  return textOf(value)
}

function numberOf(value: FieldValue): number {
  return typeof value === 'number' ? value : wrong(value, Number.NaN)
}

function textOf(value: FieldValue): Text {
  return typeof value === 'string' ? new Text(value) : wrong(value, NO_TEXT)
}

/** A value of another type than its field's is not known. */
function wrong<T>(value: FieldValue, none: T): T {
  if (value !== null) throw UNKNOWN
  return none
}

const TYPES: Record<FieldType, string> = {
  number: 'double',
  text: 'text',
  boolean: 'bool',
  severity: 'text',
  level: 'level',
}

const VALUES = Object.freeze(
  Object.defineProperties(
    {},
    Object.fromEntries(
      EVERY_FIELD.map(({ name, type }) => [
        nameInExpression(name),
        { enumerable: true, get: () => typedValue(name, type) },
      ]),
    ),
  ),
)

/** Far more than anybody writes; the library's own are those of programs. */
const LIMITS = { maxAstNodes: 400, maxDepth: 30, maxListElements: 100, maxMapEntries: 4, maxCallArguments: 4 }

export const LIBRARY = declared(new Environment({ limits: LIMITS }))

function declared(environment: Environment): Environment {
  environment.registerType('level', Level)
  environment.registerType('text', Text)
  for (const { name, type } of EVERY_FIELD) environment.registerVariable(nameInExpression(name), TYPES[type])
  const sync = { async: false }
  environment.registerFunction('tag(string): text', (name: string) => typedValue(`${TAG_PREFIX}${name}`, 'text'), sync)
  environment.registerFunction(
    're2(string, string): bool',
    (text: string, pattern: string) => found(text, pattern),
    sync,
  )
  environment.registerFunction('known(ast): bool', knownMacro, sync)
  declareTexts(environment, found)
  declareNumbers(environment)
  declareLevels(environment)
  return environment
}

function found(text: string, pattern: string): boolean {
  const fits = fitsRegex(text, pattern)
  if (fits === null) throw UNKNOWN
  return fits
}

/** Our numbers are doubles, and people write `> 100`: the language has no such mixture but for the order. */
function declareNumbers(environment: Environment): void {
  environment.registerOperator('double == int: bool', (a: number, b: bigint) => a === Number(b))
  environment.registerOperator('double in list<int>: bool', (a: number, list: bigint[]) =>
    list.some(item => Number(item) === a),
  )
  const reckon = {
    '+': (a: number, b: number) => a + b,
    '-': (a: number, b: number) => a - b,
    '*': (a: number, b: number) => a * b,
    '/': (a: number, b: number) => a / b,
  }
  for (const [sign, result] of Object.entries(reckon)) {
    environment.registerOperator(`double ${sign} int: double`, (a: number, b: bigint) => result(a, Number(b)))
    environment.registerOperator(`int ${sign} double: double`, (a: bigint, b: number) => result(Number(a), b))
  }
}

function declareLevels(environment: Environment): void {
  const place = (name: string): number => {
    const found = SCALE.get(name)
    if (found === undefined) throw UNKNOWN
    return found.place
  }
  environment.registerOperator('level == string: bool', (a: Level, b: string) => a.name === b)
  environment.registerOperator('level < string: bool', (a: Level, b: string) => a.place < place(b))
  environment.registerOperator('level <= string: bool', (a: Level, b: string) => a.place <= place(b))
  environment.registerOperator('level > string: bool', (a: Level, b: string) => a.place > place(b))
  environment.registerOperator('level >= string: bool', (a: Level, b: string) => a.place >= place(b))
  environment.registerOperator('level in list<string>: bool', (a: Level, list: string[]) => list.includes(a.name))
}

interface Checker {
  getType(name: string): unknown
  check(node: ASTNode, context: unknown): unknown
}

/** Asks for a value instead of reading it. What it is given has been looked at: a field, or a tag by its name. */
function knownMacro({ args }: { args: readonly ASTNode[] }) {
  const [asked] = args
  return {
    typeCheck(checker: Checker, _: unknown, context: unknown) {
      if (asked !== undefined) checker.check(asked, context)
      return checker.getType('bool')
    },
    evaluate(): boolean {
      const field = asked === undefined ? null : askedField(asked)
      const value = field === null ? undefined : reading.read(field)
      if (value === undefined && reading.open) throw UNKNOWN
      return value !== undefined && value !== null
    },
    async: false,
  }
}

const FIELD_NAMES = new Map(EVERY_FIELD.map(({ name }) => [nameInExpression(name), name]))

/** The field that a piece of an expression reads, `tag("plan")` included; null: it is not just a field. */
export function askedField(node: ASTNode): string | null {
  if (node.op === 'id') return FIELD_NAMES.get(node.args) ?? null
  if (node.op !== 'call' || node.args[0] !== 'tag') return null
  const [name] = node.args[1]
  return name?.op === 'value' && typeof name.args === 'string' ? `${TAG_PREFIX}${name.args}` : null
}
