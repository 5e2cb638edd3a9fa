const MOST = 80

/** Rows under their names, as wide as needed; long cells are cut. Without a row: `none`. */
export function table(names: readonly string[], rows: readonly (readonly unknown[])[], none: string): string {
  if (rows.length === 0) return none
  const all = [names, ...rows.map(row => row.map(cell))]
  const widths = names.map((_, at) => Math.max(...all.map(row => [...(row[at] ?? '')].length)))
  const line = (row: readonly string[]) =>
    row
      .map((text, at) => text + ' '.repeat((widths[at] ?? 0) - [...text].length))
      .join('  ')
      .trimEnd()
  return all.map(line).join('\n')
}

function cell(value: unknown): string {
  const text = value === null || value === undefined ? '-' : String(value).replaceAll(/\s+/g, ' ')
  const letters = [...text]
  return letters.length > MOST ? `${letters.slice(0, MOST - 1).join('')}…` : text
}
