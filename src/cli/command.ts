import type { Api } from './api.ts'
import type { ExitCode } from './exit-code.ts'
import type { Paint } from './paint.ts'

export interface Option {
  type: 'string' | 'boolean'
  multiple?: boolean
  short?: string
  /** What stands for its value in the help. */
  value?: string
  about: string
  /** The only words it takes; offered by completion. */
  words?: readonly string[]
}

/** What was typed after the command, checked against its definition. */
export interface Given {
  positionals: string[]
  text(option: string): string | undefined
  texts(option: string): string[]
  on(option: string): boolean
}

/** Everything a command may touch. */
export interface Tools {
  api: Api
  env: Readonly<Record<string, string | undefined>>
  /** '-' is standard input. Throws CliError. */
  readFile(path: string): Promise<string>
  /** To people; with `--json` nothing of it is shown. */
  say(text: string): void
  /** What the command is for, with `--json`. */
  data(value: unknown): void
  /** As it is, to standard output: a file. */
  raw(text: string): void
  /** Beside the output, also with `--json`. */
  warn(text: string): void
  paint: Paint
  /** Hides it from everything that is said from now on. */
  hide(secret: string): void
}

export interface Command {
  /** `rules check`; of one word where it stands alone. */
  name: string
  about: string
  /** In order; in brackets: may be left out. */
  takes: readonly string[]
  options: Readonly<Record<string, Option>>
  details?: string
  example: string
  run(given: Given, tools: Tools): Promise<ExitCode>
}
