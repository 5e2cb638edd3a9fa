import type { DeliveryRecord } from '../src/signals/delivery.ts'
import { checkPromises } from './check-promises.ts'
import { killService, play, type Scene, type Size, stopService } from './play.ts'
import { type Report, seconds } from './report.ts'
import { type ServiceProcess, startServiceProcess } from './service-process.ts'

/** Work goes on this soon after the restart. */
const RESUMED_WITHIN_MS = 5_000

/** `kill -9` of the service while webhooks are being answered, then a restart on the same files. */
export function killTheProcess(size: Size): Promise<Report> {
  return play('kill -9 of the process', size, async scene => {
    const { stage, load, writer, webhooks } = scene
    const first = await scene.start()
    await checkRefused(scene)

    load.resume(first.url)
    const sent = load.run()
    await load.reached(size.faultAfter)
    load.pause()
    await killService(scene, first)
    const before = new Set(load.answered.keys())

    // What was not answered is sent again, and every data loss is told once more.
    load.add(webhooks.filter(webhook => webhook.dataLoss))
    const second = await scene.start()
    load.resume(second.url)
    await sent
    const outcomes = await checkPromises(writer, { stage, url: second.url, load })
    checkResumed(
      scene,
      second,
      [...before].flatMap(id => outcomes.get(id) ?? []),
    )
    await stopService(scene, second)
  })
}

function checkResumed({ writer }: Scene, second: ServiceProcess, before: DeliveryRecord[]): void {
  const since = (record: DeliveryRecord) => record.handledAt - second.startedAt
  const after = before.filter(record => since(record) >= 0)
  const alerts = after.filter(record => record.resource !== 'error')
  const last = (records: DeliveryRecord[]) => seconds(Math.max(0, ...records.map(since)))
  writer.figure('answered before the kill, handled after it', `${after.length} of ${before.length}`)
  writer.figure('restart to ready', seconds(second.readyAt - second.startedAt))
  writer.figure('restart to these handled', `alerts ${last(alerts)}, error events ${last(after)}`)
  const first = Math.min(...after.map(since))
  const found = after.length === 0 ? 'nothing was left to do' : seconds(first)
  writer.check('work resumes within 5 s of the restart', after.length === 0 || first < RESUMED_WITHIN_MS, found, {
    timed: true,
  })
}

/** Two services on one data directory would destroy its files. */
async function checkRefused({ stage, writer }: Scene): Promise<void> {
  const refusal = await startServiceProcess(stage.env).then(
    async second => {
      await second.kill()
      return 'it started'
    },
    (error: Error) => error.message,
  )
  const refused = /DATA_DIR .* is in use by process \d+/.test(refusal)
  writer.check('a second one on the same DATA_DIR is refused', refused, refused ? 'refused' : refusal)
}
