import fc from 'fast-check'
import t from 'tap'
import { incidentOf, notificationId, TEST_INCIDENT } from '../../src/deliver/notification-id.ts'
import { incidentId } from '../../src/signals/dedup-key.ts'

t.test('the same change owes the same id; another change, destination or kind another', async t => {
  const incident = incidentId('v1:issue:default:42')
  const id = notificationId(incident, 3, 0, 'pagerduty-oncall', 'open')
  t.equal(notificationId(incident, 3, 0, 'pagerduty-oncall', 'open'), id)
  const others = [
    notificationId(incident, 4, 0, 'pagerduty-oncall', 'open'),
    notificationId(incident, 3, 1, 'pagerduty-oncall', 'open'),
    notificationId(incident, 3, 0, 'slack-incidents', 'open'),
    notificationId(incident, 3, 0, 'pagerduty-oncall', 'raise'),
    notificationId(incidentId('v1:issue:default:43'), 3, 0, 'pagerduty-oncall', 'open'),
  ]
  t.equal(new Set([id, ...others]).size, 6)
})

t.test('an id tells its incident', async t => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.string(), (key, rev, destination) => {
      const incident = incidentId(key)
      return incidentOf(notificationId(incident, rev, 0, destination, 'open')) === incident
    }),
  )
  t.equal(incidentOf(notificationId(TEST_INCIDENT, 1, 0, 'slack-incidents', 'test')), TEST_INCIDENT)
})

t.test('what is no id of ours tells none', async t => {
  for (const id of [
    '',
    'n-',
    'n-test-',
    'inc_0123',
    'n-xyz-0123456789ab',
    'n-test-0123456789ab\n',
    '../n-test-0123456789ab',
  ])
    t.equal(incidentOf(id), null, JSON.stringify(id))
})
