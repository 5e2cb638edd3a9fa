import fc from 'fast-check'
import type { Act, Actor } from '../../src/incidents/act.ts'
import { MINUTE } from './make.ts'

export const PERSON: Actor = { via: 'slack', at: 'slack-incidents', id: 'U01', name: 'Ada' }
export const severities = fc.constantFrom('P0', 'P1', 'P2', 'P3')
const owner = fc.constantFrom({ type: 'user' as const, id: '7', name: 'Grace', email: null }, null)

/** Whatever a person may decide. `silence` ends so many ms after the act: see `actAt`. */
export const anyAct: fc.Arbitrary<Act> = fc.oneof(
  ...(['acknowledge', 'unacknowledge', 'release-severity', 'unsilence'] as const).map(kind => fc.constant({ kind })),
  fc.record({
    kind: fc.constant('resolve' as const),
    release: fc.constantFrom(null, 'next', 'shop@2.0.0'),
    reason: fc.constantFrom(null, 'a fix'),
  }),
  fc.record({ kind: fc.constant('reopen' as const), reason: fc.constant(null) }),
  fc.record({ kind: fc.constant('set-severity' as const), severity: severities, reason: fc.constant('I know it') }),
  fc.record({ kind: fc.constant('assign' as const), to: owner }),
  fc.record({ kind: fc.constant('note' as const), text: fc.constant('looking at it') }),
  fc.record({ kind: fc.constant('escalate' as const), step: fc.constantFrom(null, 0, 1, 2) }),
  fc.record({
    kind: fc.constant('silence' as const),
    until: fc.constantFrom(10 * MINUTE, 120 * MINUTE),
    reason: fc.constant('known'),
  }),
  fc.record({ kind: fc.constant('workaround' as const), text: fc.constantFrom(null, 'use the other button') }),
  fc.record({ kind: fc.constant('backlog' as const), owner }),
  fc.record({
    kind: fc.constant('noise' as const),
    label: fc.constantFrom('false-positive', 'not-actionable', 'poor-detail'),
    note: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant('archive' as const),
    reason: fc.constant('a bot'),
    until: fc.constant({ kind: 'escalating' as const }),
  }),
)

/** The act as decided at `now`: a silence has its end. */
export function actAt(act: Act, now: number): Act {
  return act.kind === 'silence' ? { ...act, until: now + act.until } : act
}
