import type { ASTNode } from '@marcbachmann/cel-js'
import { askedField } from './expression-library.ts'
import { fieldInExpression, nameInExpression } from './expression-names.ts'
import { EVERY_FIELD, fieldNamed, TAG_PREFIX } from './fields.ts'

/** What is wrong with an expression: where it begins in the text, what, and what to write instead. */
export interface ExpressionProblem {
  at: number
  message: string
  /** A word nobody knows, for whoever suggests another. */
  word?: string
}

/** Nothing else is let in: no loops, no time, no host, nothing that makes a larger thing of a smaller one. */
const FUNCTIONS = ['tag', 'known', 're2', 'size']
const METHODS = ['startsWith', 'endsWith', 'contains', 'size']
const LOOPS = ['all', 'exists', 'exists_one', 'map', 'filter', 'bind']
const ORDER = ['<', '<=', '>', '>=']
const BINARY = ['==', '!=', '&&', '||', ...ORDER, '+', '-', '*', '/', '%']

/** What of the language an expression uses that our rules do not have, the first of it; null: nothing. */
export function outOfBounds(node: ASTNode): ExpressionProblem | null {
  switch (node.op) {
    case 'value':
      return ['string', 'number', 'bigint', 'boolean'].includes(typeof node.args)
        ? null
        : refuse(
            node,
            'only texts, numbers, true and false are compared with; ask whether a field has a value by known(field)',
          )
    case 'id':
      return fieldInExpression(node.args) === undefined ? unknownName(node, node.args) : null
    case 'call':
      return inCall(node, node.args[0], node.args[1])
    case 'rcall':
      return inMethod(node, ...node.args)
    case 'in':
      return inList(node, node.args[0], node.args[1])
    case '!_':
    case '-_':
      return outOfBounds(node.args)
    case '?:':
      return first(node.args)
    case '.':
    case '.?':
    case '[]':
    case '[?]':
      return inAccess(node)
    default:
      return BINARY.includes(node.op)
        ? inOperator(node, node.args as [ASTNode, ASTNode])
        : refuse(node, 'a list stands only after "in", and a map nowhere')
  }
}

function refuse({ start }: ASTNode, message: string): ExpressionProblem {
  return { at: start, message }
}

function first(nodes: readonly ASTNode[]): ExpressionProblem | null {
  for (const node of nodes) {
    const problem = outOfBounds(node)
    if (problem !== null) return problem
  }
  return null
}

function inOperator(node: ASTNode, sides: readonly ASTNode[]): ExpressionProblem | null {
  const inner = first(sides)
  if (inner !== null) return inner
  if (ORDER.includes(node.op) && sides.some(isText) && !sides.some(side => fieldOf(side)?.type === 'level'))
    return refuse(node, 'texts have no order: compare them with ==, !=, in, startsWith, contains or re2')
  if (ORDER.includes(node.op) && sides.some(isBoolean))
    return refuse(node, 'true and false have no order: write the field itself, or ! before it')
  if (node.op === '+' && sides.some(isText)) return refuse(node, 'texts are not joined: compare each by itself')
  return null
}

function fieldOf(node: ASTNode) {
  const name = askedField(node)
  return name === null ? undefined : fieldNamed(name)
}

function isText(node: ASTNode): boolean {
  if (node.op === 'value') return typeof node.args === 'string'
  if (node.op === '?:') return isText(node.args[1])
  const type = fieldOf(node)?.type
  return type === 'text' || type === 'severity'
}

function isBoolean(node: ASTNode): boolean {
  return node.op === 'value' ? typeof node.args === 'boolean' : fieldOf(node)?.type === 'boolean'
}

function inCall(node: ASTNode, name: string, args: readonly ASTNode[]): ExpressionProblem | null {
  if (!FUNCTIONS.includes(name))
    return { at: node.start, word: name, message: `no function "${name}"; there are ${FUNCTIONS.join(', ')}` }
  const [one, two] = args
  if (name === 'tag' && !(args.length === 1 && isNonEmptyText(one)))
    return refuse(node, 'tag takes the name of a tag in quotes: tag("plan")')
  if (name === 'known' && !(args.length === 1 && one !== undefined && isField(one)))
    return (one === undefined ? null : outOfBounds(one)) ?? refuse(node, 'known takes a field: known(release)')
  if (name === 're2' && !(args.length === 2 && isNonEmptyText(two)))
    return refuse(node, 're2 takes a text and a pattern in quotes: re2(transaction, "^/pay/")')
  return first(name === 'tag' ? [] : args)
}

function inMethod(node: ASTNode, name: string, receiver: ASTNode, args: readonly ASTNode[]): ExpressionProblem | null {
  if (name === 'matches')
    return refuse(node, 'matches() can take for ever on a few characters: write re2(text, "pattern")')
  if (LOOPS.includes(name))
    return refuse(node, `"${name}" goes through lists, and no field is one: write field in ["a", "b"]`)
  if (!METHODS.includes(name))
    return { at: node.start, word: name, message: `no method "${name}"; there are ${METHODS.join(', ')}` }
  return first([receiver, ...args])
}

function inList(node: ASTNode, left: ASTNode, list: ASTNode): ExpressionProblem | null {
  if (list.op !== 'list' || list.args.length === 0) return refuse(node, 'after "in" stands a list: ["a", "b"]')
  const odd = list.args.find(item => literalOf(item) === undefined)
  if (odd !== undefined) return refuse(odd, 'a list holds texts or numbers as they are')
  return outOfBounds(left)
}

function isField(node: ASTNode): boolean {
  return askedField(node) !== null
}

function isNonEmptyText(node: ASTNode | undefined): boolean {
  return node?.op === 'value' && typeof node.args === 'string' && node.args !== ''
}

/** A text or a number as it is written, `-1` included. */
export function literalOf(node: ASTNode): string | number | boolean | undefined {
  if (node.op === '-_') {
    const inner = literalOf(node.args)
    return typeof inner === 'number' ? -inner : undefined
  }
  if (node.op !== 'value') return undefined
  if (typeof node.args === 'bigint') return Number(node.args)
  return ['string', 'number', 'boolean'].includes(typeof node.args)
    ? (node.args as string | number | boolean)
    : undefined
}

function unknownName(node: ASTNode, name: string): ExpressionProblem {
  // `users-per-hour` is read as a subtraction.
  const dashed = EVERY_FIELD.find(field => field.name.includes('-') && node.input.startsWith(field.name, node.start))
  if (dashed !== undefined)
    return refuse(node, `"${dashed.name}" is written ${nameInExpression(dashed.name)} in an expression`)
  return { at: node.start, word: name, message: `unknown field "${name}"` }
}

function inAccess(node: ASTNode): ExpressionProblem {
  const text = node.input.slice(node.start, node.end)
  const tag = /^tags?\.([\w-]+)/.exec(text)?.[1]
  if (tag !== undefined) return refuse(node, `a tag is asked as tag("${tag}")`)
  const dotted = fieldNamed(text)
  return dotted === undefined || text.startsWith(TAG_PREFIX)
    ? refuse(node, 'nothing is reached into: a field is written by its name alone, with _ for every dash and dot')
    : refuse(node, `"${text}" is written ${nameInExpression(text)} in an expression`)
}
