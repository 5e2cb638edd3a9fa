/** What one scenario found: figures to read, and promises that held or did not. */
export interface Report {
  title: string
  figures: { name: string; value: string }[]
  checks: Check[]
}

export interface Check {
  promise: string
  ok: boolean
  /** What was found, in few words. */
  found: string
  /** Depends on how fast this machine is just now. */
  timed: boolean
}

export interface Writer {
  report: Report
  figure(name: string, value: string | number): void
  /** `ok` is what must hold. */
  check(promise: string, ok: boolean, found: string, options?: { timed: boolean }): void
}

export function startReport(title: string): Writer {
  const report: Report = { title, figures: [], checks: [] }
  return {
    report,
    figure: (name, value) => void report.figures.push({ name, value: String(value) }),
    check: (promise, ok, found, options) =>
      void report.checks.push({ promise, ok, found, timed: options?.timed ?? false }),
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

/** As a table of text. */
export function printed({ title, figures, checks }: Report): string {
  const width = Math.max(...[...figures.map(one => one.name), ...checks.map(one => one.promise)].map(t => t.length))
  return [
    `\n${title}`,
    ...figures.map(({ name, value }) => `        ${name.padEnd(width)}  ${value}`),
    ...checks.map(({ promise, ok, found }) => `${ok ? '  ok    ' : '  FAILED'}${promise.padEnd(width)}  ${found}`),
  ].join('\n')
}
