import type { ASTNode } from '@marcbachmann/cel-js'
import type { Comparison, Condition } from './condition.ts'
import { compileExpression, fieldsIn, partsOf } from './expression.ts'
import { literalOf } from './expression-bounds.ts'
import { askedField } from './expression-library.ts'
import { fieldNamed } from './fields.ts'

/** A piece of an expression that no comparison says. */
export interface Opaque {
  opaque: string
  fields: readonly string[]
}

/** A condition with `none` and expressions written out, for whoever reasons about what it can match. */
export type Unfolded = Comparison | Opaque | { all: Unfolded[] } | { any: Unfolded[] } | { not: Unfolded }

/**
 * The same condition in comparisons, all, any and not, as far as an expression can be said so: what it needs, and when it
 * must hold, is then seen by the same eyes. It is evaluated as it was written.
 */
export function unfold(condition: Condition): Unfolded {
  if ('field' in condition) return condition
  if ('cel' in condition) return unfoldExpression(condition.cel)
  if ('not' in condition) return { not: unfold(condition.not) }
  if ('all' in condition) return { all: condition.all.map(unfold) }
  if ('any' in condition) return { any: condition.any.map(unfold) }
  return { all: condition.none.map(part => ({ not: unfold(part) })) }
}

function unfoldExpression(text: string): Unfolded {
  const found = compileExpression(text)
  return 'run' in found ? unfoldNode(found.ast) : { opaque: text, fields: [] }
}

function unfoldNode(node: ASTNode): Unfolded {
  switch (node.op) {
    case '&&':
      return { all: node.args.map(side => unfoldNode(side)) }
    case '||':
      return { any: node.args.map(side => unfoldNode(side)) }
    case '!_':
      return { not: unfoldNode(node.args) }
    case '?:':
      return unfoldChoice(node, node.args)
    default:
      return comparisonOf(node) ?? opaque(node)
  }
}

function opaque(node: ASTNode): Opaque {
  return { opaque: `${node.start}:${node.input.slice(node.start, node.end)}`, fields: fieldsIn(node) }
}

/** It holds where this does. What is asked is written twice: a choice within it would grow with every one. */
function unfoldChoice(node: ASTNode, [asked, yes, no]: readonly [ASTNode, ASTNode, ASTNode]): Unfolded {
  if (partsOf(asked).some(({ op }) => op === '?:')) return opaque(node)
  const condition = unfoldNode(asked)
  return { any: [{ all: [condition, unfoldNode(yes)] }, { all: [{ not: condition }, unfoldNode(no)] }] }
}

const TURNED = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const
type Sign = keyof typeof TURNED

function comparisonOf(node: ASTNode): Unfolded | null {
  const asked = askedField(node)
  if (asked !== null) return { field: asked, op: '=', value: true }
  if (node.op === 'in') return listed(node.args[0], node.args[1])
  if (node.op === 'rcall' && node.args[0] === 'startsWith') return prefixed(node.args[1], node.args[2])
  if (node.op === 'call' && node.args[0] === 'known') return knownOf(node.args[1])
  if (!(node.op in TURNED)) return null
  const sign = node.op as Sign
  const [left, right] = node.args as [ASTNode, ASTNode]
  return compared(left, sign, right) ?? compared(right, TURNED[sign], left)
}

function compared(left: ASTNode, sign: Sign, right: ASTNode): Unfolded | null {
  const field = askedField(left)
  const value = literalOf(right)
  // What has no value reads as an empty text or as false here, and is equal to nothing in a comparison.
  if (field === null || value === undefined || value === '') return null
  if (typeof value === 'boolean') {
    if (sign !== '==' && sign !== '!=') return null
    const holds: Comparison = { field, op: '=', value: true }
    return (sign === '==') === value ? holds : { not: holds }
  }
  return { field, op: sign === '==' ? '=' : sign, value }
}

function listed(left: ASTNode, list: ASTNode): Unfolded | null {
  const field = askedField(left)
  if (field === null || list.op !== 'list') return null
  const values = list.args
    .map(literalOf)
    .filter(
      (value): value is string | number => typeof value === 'number' || (typeof value === 'string' && value !== ''),
    )
  return values.length < list.args.length ? null : { field, op: 'in', value: values }
}

function prefixed(receiver: ASTNode, [start]: readonly ASTNode[]): Unfolded | null {
  const field = askedField(receiver)
  const value = start === undefined ? undefined : literalOf(start)
  if (field === null || typeof value !== 'string' || value === '') return null
  return fieldNamed(field)?.type === 'text' ? { field, op: 'prefix', value } : null
}

function knownOf([asked]: readonly ASTNode[]): Unfolded | null {
  const field = asked === undefined ? null : askedField(asked)
  return field === null ? null : { field, op: 'known' }
}
