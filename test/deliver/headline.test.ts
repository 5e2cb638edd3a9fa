import t from 'tap'
import { headline, whatHappened } from '../../src/deliver/headline.ts'
import { sampleIncident, sampleProjectIncident } from '../contracts/sample-message.ts'

t.test('an issue incident is headed by severity, project and title', async t => {
  t.equal(headline(sampleIncident()), "[P1] web: TypeError: Cannot read properties of undefined (reading 'total')")
  t.equal(headline(sampleIncident({ project: null, title: 'x' })), '[P1] x')
})

t.test('a project incident is headed by its number, the threshold and the suspects', async t => {
  t.equal(
    headline(sampleProjectIncident()),
    '[P0] Crash-free 90 % of 1,200 sessions in web (threshold below 95 %); suspects: PaymentProcessingError; RangeError',
  )
})

t.test('a spike says exceptions a minute, also when a crash-free rate is known but did not fire', async t => {
  const base = sampleProjectIncident()
  const incident = sampleProjectIncident({
    suspects: [],
    projectImpact: {
      crashFree: base.projectImpact?.crashFree ?? [],
      unhandledPerMinute: { value: 812, source: 'windows', at: 1, windowSeconds: 60 },
      crashing: true,
    },
    verdict: { ...base.verdict, reason: 'Too many unhandled exceptions, threshold above 1,500 (spike).', evidence: [] },
  })
  t.equal(whatHappened(incident), '812 unhandled exceptions in one minute in web (threshold above 1,500)')
})

t.test('without a number the title stands, and an empty title says so', async t => {
  t.equal(whatHappened(sampleProjectIncident({ projectImpact: null })), 'Crash-free rate of web')
  t.equal(whatHappened(sampleIncident({ title: ' \u0007 ' })), 'untitled')
})

t.test('more than five suspects are counted', async t => {
  const one = { incident: 'i', issue: '1', link: null, events: 1, users: null, coreFlow: null }
  const suspects = Array.from({ length: 30 }, (_, index) => ({ ...one, title: `E${index}` }))
  t.match(whatHappened(sampleProjectIncident({ suspects })), /suspects: E0; E1; E2; E3; E4 and 25 more$/)
})
