import { systemClock } from '../src/platform/clock.ts'
import { createLoad, type Load } from './load.ts'
import { leftOver } from './processes.ts'
import { type Report, seconds, startReport, type Writer } from './report.ts'
import { type ServiceProcess, startServiceProcess } from './service-process.ts'
import { knowIssues, type Stage, setStage } from './stage.ts'
import { socketDirOf } from './store-view.ts'
import { type Mix, makeWebhooks, type Webhook } from './webhooks.ts'

export interface Size extends Mix {
  /** The fault comes when that many were answered 202. */
  faultAfter: number
  connections: number
}

export const WHOLE: Size = { total: 2_000, dataLoss: 50, errorEvents: 900, faultAfter: 700, connections: 32 }

export interface Scene {
  stage: Stage
  webhooks: Webhook[]
  load: Load
  writer: Writer
  /** Starts the service on the stage; whatever still runs at the end is killed. */
  start(): Promise<ServiceProcess>
}

/** The embedded server ends in order within this long after its service, however that ended. */
const GONE_WITHIN_MS = 5_000

/** Sets the stage, plays, and clears everything away, also after a failure. */
export async function play(title: string, size: Size, act: (scene: Scene) => Promise<void>): Promise<Report> {
  const writer = startReport(title)
  const stage = await setStage()
  const webhooks = makeWebhooks(size, systemClock.now())
  knowIssues(stage.sentry, webhooks)
  const load = createLoad({ webhooks, secret: stage.env.SENTRY_CLIENT_SECRET ?? '', connections: size.connections })
  const started: ServiceProcess[] = []
  try {
    await act({
      stage,
      webhooks,
      load,
      writer,
      async start() {
        const service = await startServiceProcess(stage.env)
        started.push(service)
        return service
      },
    })
  } finally {
    load.close()
    await Promise.all(started.map(service => service.kill()))
    await stage.close()
  }
  return writer.report
}

/** SIGKILL; nothing of it may stay behind. */
export async function killService({ stage, writer }: Scene, service: ServiceProcess): Promise<void> {
  const socketDir = socketDirOf(stage.dataDir)
  const started = performance.now()
  await service.kill()
  const left = await leftOver(socketDir, GONE_WITHIN_MS)
  writer.figure('its Redis ended after the kill, in', seconds(performance.now() - started))
  writer.check('kill -9 of the service leaves nothing behind', left.length === 0, `${left.length} processes left`)
}

/** SIGTERM: it stops in order and takes its Redis along. */
export async function stopService({ stage, writer }: Scene, service: ServiceProcess): Promise<void> {
  const socketDir = socketDirOf(stage.dataDir)
  const started = performance.now()
  const { code, signal, said } = await service.terminate()
  writer.figure('SIGTERM to stopped', seconds(performance.now() - started))
  const inOrder = code === 0 && said.includes('"stopped"')
  writer.check('SIGTERM stops it in order', inOrder, `ended with ${code ?? signal}`)
  const left = await leftOver(socketDir, 0)
  writer.check('and nothing is left', left.length === 0, `${left.length} processes left`)
}
