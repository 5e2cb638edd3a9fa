import { killRedis } from './kill-redis.ts'
import { killTheProcess } from './kill-the-process.ts'
import { pagerdutyFails } from './pagerduty-fails.ts'
import { WHOLE } from './play.ts'
import { type Check, printed, type Report, seconds } from './report.ts'

/** `npm run chaos`: faults under load, at full size, with their figures. Exit status 1 when a promise did not hold. */

const MOST_MS = 119_000

const SCENARIOS: (() => Promise<Report>)[] = [
  () => killTheProcess(WHOLE),
  () => killRedis(WHOLE),
  () => pagerdutyFails({ ...WHOLE, total: 1_000, dataLoss: 25, errorEvents: 450, eachFaultMs: 1_500 }),
]

const began = performance.now()
const checks: Check[] = []

setTimeout(() => {
  checks.push({ promise: 'ends in time', ok: false, found: `not within ${seconds(MOST_MS)}`, timed: true })
  finish()
}, MOST_MS)

try {
  for (const scenario of SCENARIOS) {
    const report = await scenario()
    console.log(printed(report))
    checks.push(...report.checks)
  }
} catch (error) {
  console.error(error)
  checks.push({ promise: 'plays to its end', ok: false, found: String(error), timed: false })
}
finish()

function finish(): never {
  const failed = checks.filter(check => !check.ok).length
  console.log(`\nin ${seconds(performance.now() - began)}`)
  console.log(`${checks.length - failed} passed, ${failed} failed`)
  process.exit(failed === 0 ? 0 : 1)
}
