import type { Environment } from '@marcbachmann/cel-js'

/**
 * A text field, which may be known to have none. Compared with a text as it is written it then reads as the empty one
 * (`tag("plan") != ""`); with another field it is equal to nothing, or all that lack both tags would be alike, and
 * nothing begins with it, ends with it or contains it.
 */
export class Text {
  readonly value: string | null
  constructor(value: string | null) {
    this.value = value
  }
  get plain(): string {
    return this.value ?? ''
  }
}

export const NO_TEXT = new Text(null)

type Tried = (text: string, part: string) => boolean
const METHODS: Readonly<Record<string, Tried>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
}

/** What can be done with text fields, and between these and texts as they are written. */
export function declareTexts(environment: Environment, found: Tried): void {
  const sync = { async: false }
  environment.registerOperator('text == string: bool', (a: Text, b: string) => a.plain === b)
  environment.registerOperator('text == text: bool', (a: Text, b: Text) => a.value !== null && a.value === b.value)
  environment.registerOperator('text in list<string>: bool', (a: Text, list: string[]) => list.includes(a.plain))
  for (const [name, holds] of Object.entries(METHODS)) {
    const ofField = (a: Text, b: Text) => b.value !== null && holds(a.plain, b.value)
    environment.registerFunction(`text.${name}(string): bool`, (a: Text, b: string) => holds(a.plain, b), sync)
    environment.registerFunction(`text.${name}(text): bool`, ofField, sync)
    const written = (a: string, b: Text) => b.value !== null && holds(a, b.value)
    environment.registerFunction(`string.${name}(text): bool`, written, sync)
  }
  const size = (a: Text) => BigInt([...a.plain].length)
  environment.registerFunction('size(text): int', size, sync)
  environment.registerFunction('text.size(): int', size, sync)
  environment.registerFunction('re2(text, string): bool', (a: Text, b: string) => found(a.plain, b), sync)
}
