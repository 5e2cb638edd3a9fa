import type { RulesDocument } from '../rules/rules-document.ts'
import type { KeptTold } from './kept-signal.ts'

/** How often, under the rules of then and under the others. */
export interface Counted {
  before: number
  after: number
  gained: number
  lost: number
}

const NONE: Counted = { before: 0, after: 0, gained: 0, lost: 0 }

/** Who was told in earnest, and who would have been: counted for each incident, destination and mention. */
export function createReplayTally() {
  const cells = new Map<string, { incident: string; told: KeptTold; before: number; after: number }>()

  function count(side: 'before' | 'after', incident: string, told: readonly KeptTold[]): void {
    for (const one of told) {
      const key = `${incident}\n${one.destination}\n${one.mention ?? ''}`
      const cell = cells.get(key) ?? { incident, told: one, before: 0, after: 0 }
      cell[side] += 1
      cells.set(key, cell)
    }
  }

  /** Gained and lost are counted for each incident by itself: a page more here makes none good that is missing there. */
  function sum(nameOf: (told: KeptTold) => string | null): Map<string, Counted> {
    const sums = new Map<string, Counted>()
    for (const { told, before, after } of cells.values()) {
      const name = nameOf(told)
      if (name === null) continue
      const was = sums.get(name) ?? NONE
      sums.set(name, {
        before: was.before + before,
        after: was.after + after,
        gained: was.gained + Math.max(0, after - before),
        lost: was.lost + Math.max(0, before - after),
      })
    }
    return sums
  }

  return {
    count,
    totals: () => ({
      pages: sum(({ pages }) => (pages ? 'pages' : null)).get('pages') ?? NONE,
      posts: sum(({ pages }) => (pages ? null : 'posts')).get('posts') ?? NONE,
    }),
    byDestination: () =>
      [...sum(({ destination }) => destination)]
        .map(([destination, counted]) => ({ destination, ...counted }))
        .toSorted((a, b) => b.gained + b.lost - (a.gained + a.lost) || a.destination.localeCompare(b.destination)),
    byPerson: (people: RulesDocument['people']) =>
      [...sum(({ mention }) => (mention === null ? null : personNamed(mention, people)))]
        .map(([person, counted]) => ({ person, ...counted }))
        .toSorted((a, b) => b.gained + b.lost - (a.gained + a.lost) || a.person.localeCompare(b.person)),
  }
}

/** Somebody by name where they are known; else as they are mentioned: `here`, `team-lead`, a group. */
function personNamed(mention: string, people: RulesDocument['people']): string {
  return people.find(({ slack }) => slack === mention)?.name ?? mention
}
