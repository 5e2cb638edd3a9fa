import t from 'tap'
import { exampleNotification } from '../../src/api/examples.ts'
import { lastTests } from '../../src/deliver/last-tests.ts'
import type { Notification } from '../../src/deliver/notification.ts'

const test = (destination: string, owedAt: number, status: Notification['status'], message?: string): Notification => ({
  ...exampleNotification,
  ...{ kind: 'test', destination, owedAt, status },
  error: message === undefined ? null : { code: 'refused', message },
})

t.test('the newest test of each destination says how it does', async t => {
  const found = lastTests([
    test('a', 1, 'dead', 'invalid key'),
    test('a', 2, 'sent'),
    test('b', 5, 'dead', 'channel_not_found'),
    test('b', 3, 'sent'),
    test('c', 1, 'sending'),
    { ...test('d', 1, 'sent'), kind: 'open' },
  ])
  t.same(Object.fromEntries(found), {
    a: { status: 'taken', at: 2, error: null },
    b: { status: 'failed', at: 5, error: 'channel_not_found' },
    c: { status: 'waiting', at: 1, error: null },
  })
})
