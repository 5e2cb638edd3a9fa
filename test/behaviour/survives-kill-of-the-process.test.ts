import t from 'tap'
import { killTheProcess } from '../../chaos/kill-the-process.ts'

t.test('kill -9 under load and a restart: nothing answered is lost, nobody is paged twice', async t => {
  // Without error events: their lane is patient, and a job of it that was in hand comes back only after 10 to 15 s.
  const size = { total: 200, dataLoss: 8, errorEvents: 0, faultAfter: 70, connections: 16 }
  const { checks } = await killTheProcess(size)
  for (const { promise, found, ok } of checks.filter(check => !check.timed)) t.ok(ok, `${promise}: ${found}`)
})
