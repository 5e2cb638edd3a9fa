import { readFileSync, writeFileSync } from 'node:fs'
import { type Standing, TRANSITIONS } from '../src/incidents/transitions.ts'

/** `npm run states`: writes the README's table of incident states from the transitions the decisions are held to. */

const STANDINGS: readonly Standing[] = ['new', 'triggered', 'acknowledged', 'resolved']
const BEGIN = '<!-- states: written by `npm run states` -->'
const END = '<!-- states: end -->'

export function statesTable(): string {
  const head = [`| what happens | ${STANDINGS.join(' | ')} | by |`, `|${'---|'.repeat(STANDINGS.length + 2)}`]
  const rows = Object.entries(TRANSITIONS).map(([action, { by, leads }]) => {
    const cells = STANDINGS.map(from => leads[from]?.map(to => (to === from ? 'stays' : `→ ${to}`)).join(' or ') ?? '–')
    return `| ${action} | ${cells.join(' | ')} | ${by} |`
  })
  return [...head, ...rows].join('\n')
}

/** The README with the table as the code says it now. Throws when it has no place for it. */
export function withStates(readme: string): string {
  const begin = readme.indexOf(BEGIN)
  const end = readme.indexOf(END)
  if (begin === -1 || end < begin)
    throw new Error(`the README has no place for the table: put ${BEGIN} and ${END} into it`)
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${statesTable()}\n\n${readme.slice(end)}`
}

if (import.meta.main) {
  const readme = new URL('../README.md', import.meta.url)
  writeFileSync(readme, withStates(readFileSync(readme, 'utf8')))
  console.log('wrote the table of incident states into README.md')
}
