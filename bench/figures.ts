/** The value that `share` of the sorted numbers do not exceed (nearest rank). */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export function ascending(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b)
}

export function median(numbers: readonly number[]): number {
  const sorted = ascending(numbers)
  return (percentile(sorted, 0.5) + (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN)) / 2
}

/** One line of the table. */
export interface Figure {
  what: string
  /** As it is printed, with its unit. */
  measured: string
  /** What was asked for, and whether it was reached; absent: nothing was. */
  aim?: { is: string; reached: boolean }
}

export type Aim = NonNullable<Figure['aim']>

export const atLeast = (value: number, aim: number): Aim => ({ is: `>= ${aim}`, reached: value >= aim })
export const atMost = (value: number, aim: number): Aim => ({ is: `<= ${aim}`, reached: value <= aim })
export const below = (value: number, aim: number, unit: string): Aim => ({
  is: `< ${aim} ${unit}`,
  reached: value < aim,
})

export const ms = (value: number): string => `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`
export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')} /s`
export const bytes = (value: number): string =>
  value < 10_000
    ? `${Math.round(value)} B`
    : value < 10_000_000
      ? `${Math.round(value / 1000)} kB`
      : `${Math.round(value / 1e6)} MB`

/** The table as text: one line a figure, aims beside what was measured. */
export function table(title: string, figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(figure => figure.what.length))
  const lines = figures.map(({ what, measured, aim }) => {
    const judged = aim === undefined ? '' : `   ${aim.is.padEnd(20)} ${aim.reached ? 'reached' : 'MISSED'}`
    return `  ${what.padEnd(width)}  ${measured.padStart(12)}${judged}`
  })
  return [title, ...lines.map(line => line.trimEnd()), ''].join('\n')
}
