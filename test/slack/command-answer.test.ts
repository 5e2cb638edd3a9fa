import t from 'tap'
import { listOpen } from '../../src/slack/command-answer.ts'
import { AT, sampleIncident } from '../contracts/sample-message.ts'

const url = (id: string) => `https://tocsin.example/incidents/${id}`
const list = (...open: Parameters<typeof listOpen>[0]) => listOpen(open, AT + 200 * 60_000, url).text

t.test('the most severe first, then the oldest, with who answers and what is quiet', async t => {
  const acknowledgedBy = { via: 'slack' as const, at: null, id: 'U1', name: 'anna <3' }
  const lines = list(
    sampleIncident({ id: 'inc_late', openedAt: AT + 60_000 }),
    sampleIncident({ id: 'inc_p0', severity: 'P0', openedAt: AT + 190 * 60_000, acknowledgedBy, project: null }),
    sampleIncident({ id: 'inc_old', openedAt: AT - 3 * 86_400_000, muted: { by: 'x', reason: 'y', since: 1 } }),
  ).split('\n')
  t.equal(lines[0], '*3 open incidents*')
  t.match(lines[1], /^\*P0\* <https:\/\/tocsin.example\/incidents\/inc_p0\|TypeError.* · 10 min · anna &lt;3 answers$/)
  t.match(lines[2], /inc_old.* · 3 d · nobody answers yet · 🔕$/)
  t.match(lines[3], /web: .*inc_late.* · 3 h 19 min · nobody answers yet$/)
})

t.test('nothing open is said; too many are counted and fit one message', async t => {
  t.match(list(), /Nothing is open/)
  const many = Array.from({ length: 60 }, (_, n) => sampleIncident({ id: `inc_${n}`, title: 'x'.repeat(900) }))
  const text = list(...many)
  t.match(text, /… and \d+ more$/)
  t.ok(text.length < 4_000)
})
