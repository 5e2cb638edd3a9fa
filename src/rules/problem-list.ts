import type { InputProblem } from '../errors.ts'

export type Path = readonly (string | number)[]

/** Collects what is wrong with a document, up to a bound: nobody reads more, and a hostile document stays cheap. */
export interface ProblemList {
  add(path: Path, message: string): void
  readonly full: boolean
  readonly all: InputProblem[]
}

const MOST = 100

export function createProblemList(): ProblemList {
  const all: InputProblem[] = []
  return {
    all,
    get full() {
      return all.length >= MOST
    },
    add(path, message) {
      if (all.length < MOST) all.push({ path: toPointer(path), message })
    },
  }
}

/** JSON pointer (RFC 6901): `/routes/0/when/field`; the whole document is ''. */
export function toPointer(path: Path): string {
  return path.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

export type RawObject = Record<string, unknown>

/** A JSON object: not null, not a list. */
export function isObject(input: unknown): input is RawObject {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}
