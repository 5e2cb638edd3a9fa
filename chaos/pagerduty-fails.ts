import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../src/sandbox/stand-in-fault.ts'
import { checkPromises } from './check-promises.ts'
import { play, type Size, stopService } from './play.ts'
import { type Report, seconds } from './report.ts'

/** Everything else a provider in trouble does, after the worst for us: it took the page and we do not know. */
const FAULTS: readonly Fault[] = [
  { kind: 'reset' },
  { kind: 'hang' },
  { kind: 'status', status: 500 },
  // Without the header a page waits for the half minute that PagerDuty asks for (developer-docs 05-Rate-Limits).
  { kind: 'status', status: 429, headers: { 'retry-after': '2' } },
]

/** PagerDuty takes pages without saying so, resets, hangs, refuses, while webhooks pour in: the pages arrive afterwards. */
export function pagerdutyFails(size: Size & { eachFaultMs: number }): Promise<Report> {
  return play('PagerDuty resets, hangs and refuses', size, async scene => {
    const { stage, load, writer, webhooks } = scene
    const { pagerduty, slack } = stage
    const service = await scene.start()
    pagerduty.fail({ kind: 'accept-then-reset' })
    load.resume(service.url)
    const sent = load.run()
    load.add(webhooks.filter(webhook => webhook.dataLoss))
    while (pagerduty.requests.length === 0) await sleep(10)

    const began = performance.now()
    for (const fault of FAULTS) {
      await sleep(size.eachFaultMs)
      pagerduty.fail(fault)
    }
    await sleep(size.eachFaultMs)
    const posted = slack.posts.length
    pagerduty.heal()
    writer.figure('PagerDuty was in trouble for', seconds(performance.now() - began))
    writer.figure('pages asked for meanwhile', pagerduty.requests.length)
    writer.figure('posts that reached Slack meanwhile', posted)
    writer.check('other destinations are told meanwhile', posted > 0, `${posted} posts`)

    await sent
    await checkPromises(writer, { stage, url: service.url, load })
    await stopService(scene, service)
  })
}
