/**
 * What checking a document costs, roughly, in units of some 5 µs; no more than a little over `most` is counted. Measured:
 * 2 to 5 µs for each value, 80 µs for an expression and 2 µs for each of its characters, up to some ms for a pattern.
 */
export function weightOf(document: unknown, most: number): number {
  // Without recursion: what is nested deeply must not cost a stack.
  const left: unknown[] = [document]
  let weight = 0
  while (left.length > 0 && weight <= most) {
    const value = left.pop()
    weight += 1
    if (Array.isArray(value)) {
      // As many as can still count: a list may be as long as a body.
      for (let at = 0; at < value.length && left.length <= most; at += 1) left.push(value[at])
    } else if (typeof value === 'object' && value !== null) {
      const { cel, op } = value as { cel?: unknown; op?: unknown }
      if (typeof cel === 'string') weight += EXPRESSION + cel.length / 2
      if (op === 'regex' || (typeof cel === 'string' && cel.includes('re2'))) weight += PATTERN
      for (const inner of Object.values(value)) left.push(inner)
    }
  }
  return weight
}

const EXPRESSION = 15
const PATTERN = 200
