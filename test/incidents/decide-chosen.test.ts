import t from 'tap'
import { decideChange } from '../../src/incidents/decide-change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { judged, MINUTE, makeSignal, makeVerdict, START } from '../support/make.ts'

const options = (now: number) => ({ flapWindowMs: 10 * MINUTE, now })
const alert = (settings: Record<string, string>, at: number) => makeSignal({ settings, at, facts: { alertRule: 'X' } })
const said = (entries: { what: string; reason: string }[]) =>
  entries.filter(({ what }) => what === 'chosen').map(({ reason }) => reason)

function open(settings: Record<string, string>): Incident {
  const { next } = decideChange(null, judged(alert(settings, START)), options(START))
  if (next === null) throw new Error('not opened')
  return next
}

t.test('a choice is kept with the incident and told once', async t => {
  const first = decideChange(null, judged(alert({ policy: 'p0', junk: '1' }, START)), options(START))
  t.same(said(first.entries), [
    'chosen in Sentry\'s alert rule "X": policy p0; ignored: "junk" is no setting of this integration',
  ])
  t.match(first.next?.chosen, { policy: 'p0', rule: 'X', at: START })
  const again = decideChange(first.next, judged(alert({ policy: 'p0', junk: '1' }, START + 1)), options(START + 1))
  t.match(again, { action: 'attach', next: { chosen: { policy: 'p0', at: START + 1 } } })
  t.same(said(again.entries), [], 'the same once more says nothing new')
  const without = decideChange(again.next, judged(alert({}, START + 2)), options(START + 2))
  t.equal(without.next?.chosen?.policy, 'p0', 'never forgotten because another signal has none')
})

t.test('a policy that comes just after opening is followed; later it waits for a raise', async t => {
  const opened = open({})
  const soon = decideChange(opened, judged(alert({ policy: 'p0' }, START + 900)), options(START + 900))
  t.match(soon, { action: 'speak', material: true })
  const late = decideChange(opened, judged(alert({ policy: 'p0' }, START + MINUTE)), options(START + 2 * MINUTE))
  t.equal(late.action, 'attach')
  t.match(said(late.entries)[0], /stays as it is until the incident is raised$/)
  const seen = { ...opened, acknowledgedAt: START + 1 }
  t.equal(decideChange(seen, judged(alert({ policy: 'p0' }, START + 900)), options(START + 900)).action, 'attach')
  const floorOnly = decideChange(opened, judged(alert({ severity_floor: 'P3' }, START + 900)), options(START + 900))
  t.equal(floorOnly.action, 'attach')
  t.same(said(floorOnly.entries), ['chosen in Sentry\'s alert rule "X": at least P3'])
  const raise = judged(alert({ policy: 'p0' }, START + 900), { verdict: makeVerdict({ severity: 'P1' }) })
  t.match(decideChange(opened, raise, options(START + 900)), { action: 'raise' })
})

t.test('a choice taken back is told too', async t => {
  const back = decideChange(
    open({ policy: 'p0' }),
    judged(alert({ policy: '(routes)' }, START + 9)),
    options(START + 9),
  )
  t.equal(back.action, 'attach')
  t.match(said(back.entries)[0], /: nothing any more; before: policy p0; who is told stays as it is/)
})

t.test('a floor reopens nothing that faded', async t => {
  const resolvedAt = START + 60 * MINUTE
  const verdict = { ...makeVerdict({ severity: 'P1' as const }), measured: 'P1' as const }
  const faded: Incident = {
    ...open({ severity_floor: 'P1' }),
    severity: 'P1',
    verdict,
    status: 'resolved',
    faded: 'posts',
    resolvedAt,
  }
  const now = resolvedAt + 5 * MINUTE
  const floored = judged(alert({ severity_floor: 'P1' }, now), {
    verdict: { ...makeVerdict({ severity: 'P1' }), measured: 'P2' },
  })
  t.match(decideChange(faded, floored, options(now)), { action: 'none' })
  const hurting = judged(alert({}, now), { verdict: makeVerdict({ severity: 'P1' }) })
  t.match(decideChange(faded, hurting, options(now)), { action: 'reopen' })
})

t.test('linking notes who did it and changes nothing else', async t => {
  const opened = open({})
  const signal = makeSignal({
    subject: { kind: 'issue', issue: '77' },
    actor: { type: 'user', id: '1', name: 'Marta' },
    at: START + MINUTE,
  })
  const link = { kind: 'linked' as const, signal, note: 'see this', incident: 'inc_77' }
  const { next, entries, action, material } = decideChange(opened, link, options(START + MINUTE))
  t.match(entries, [{ what: 'linked', by: 'Marta', reason: 'issue 77 linked in Sentry by Marta: see this' }])
  t.match([action, material], ['attach', false])
  t.match(next, { linked: ['inc_77'], severity: opened.severity, status: 'triggered', signals: opened.signals })
  t.same(decideChange(next, link, options(START + MINUTE)).next?.linked, ['inc_77'], 'linked once')
  t.match(decideChange(null, link, options(START)), { action: 'none', next: null })
})
