import { indexOf } from '../src/route/route-index.ts'
import { tableOf } from '../test/support/large-table.ts'
import { atMost, type Figure, median } from './figures.ts'

/** What routing an incident costs with a hundred routes and with ten thousand: the larger table may cost three times as much. */

const ROUNDS = 41
const MATCHES = 2_000
const MOST = 3
/** A Monday: none of these routes asks for the time. */
const NOW = Date.UTC(2026, 10, 23, 12)

/** Both tables in turn, round after round, so that whatever else the machine does hits both alike. */
export function measureRoutes(): Figure[] {
  const tables = [tableOf(100), tableOf(10_000)]
  const began = performance.now()
  const indexes = tables.map(({ routes }) => indexOf(routes))
  const built = performance.now() - began
  const rounds = Array.from({ length: ROUNDS }, () =>
    tables.map(({ incidents }, which) => {
      const from = performance.now()
      for (let n = 0; n < MATCHES; n += 1) {
        const incident = incidents[n % incidents.length]
        if (incident !== undefined) indexes[which]?.match(incident, NOW)
      }
      return (performance.now() - from) / MATCHES
    }),
  ).slice(ROUNDS >> 2)
  const [few, many] = tables.map((_, which) => median(rounds.map(round => round[which] ?? Number.NaN)))
  const ratio = (many ?? Number.NaN) / (few ?? Number.NaN)
  return [
    { what: 'an incident against 100 routes', measured: micro(few) },
    { what: 'an incident against 10,000 routes', measured: micro(many) },
    { what: '10,000 : 100', measured: ratio.toFixed(2), aim: atMost(ratio, MOST) },
    { what: 'sorting both tables, once for each revision', measured: `${built.toFixed(0)} ms` },
  ]
}

function micro(ms: number | undefined): string {
  return `${((ms ?? Number.NaN) * 1_000).toFixed(1)} µs`
}
