/** What scripts may rely on; also in `tocsin help exit-codes`. */
export const EXIT = { fine: 0, problems: 1, usage: 2, refused: 3, conflict: 4, unreachable: 5 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_WORDS: Record<ExitCode, string> = {
  0: 'fine; nothing differs',
  1: 'problems were found, something differs, or there is no such thing',
  2: 'wrong usage, or the environment is incomplete',
  3: 'refused: the key is wrong, or may not do this',
  4: 'conflict: somebody else changed it, or it needs a confirmation',
  5: 'not reachable, too slow, failing, or too old to know this; nothing is known of what was done',
}

/** The exit code for an HTTP status that is no success. */
export function exitOf(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.refused
  if (status === 409 || status === 412 || status === 428) return EXIT.conflict
  return status === 429 || status >= 500 || status < 400 ? EXIT.unreachable : EXIT.problems
}

/** Ends the command: what to say, and how to exit. `shown`: for `--json`. */
export class CliError extends Error {
  readonly exit: ExitCode
  readonly shown: unknown

  constructor(exit: ExitCode, message: string, shown: unknown = null) {
    super(message)
    this.name = 'CliError'
    this.exit = exit
    this.shown = shown
  }
}
