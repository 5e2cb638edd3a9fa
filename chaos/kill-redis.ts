import { checkPromises } from './check-promises.ts'
import { play, type Size, stopService } from './play.ts'
import { type Report, seconds } from './report.ts'
import { openStoreView } from './store-view.ts'

/** `kill -9` of the embedded Redis while webhooks are being answered: the service stays, and starts it again. */
export function killRedis(size: Size): Promise<Report> {
  return play('kill -9 of Redis', size, async scene => {
    const { stage, load, writer, webhooks } = scene
    const service = await scene.start()
    const view = openStoreView(stage.dataDir)
    load.resume(service.url)
    const sent = load.run()
    await load.reached(size.faultAfter)

    const former = await view.serverPid()
    const killed = performance.now()
    const answered = load.answered.size
    process.kill(former, 'SIGKILL')
    load.add(webhooks.filter(webhook => webhook.dataLoss))
    await load.reached(answered + size.connections * 2)
    writer.figure('Redis killed to webhooks stored again', seconds(performance.now() - killed))
    const later = await view.serverPid()
    view.close()
    writer.check('another Redis took over on the same files', later !== former, `${former} → ${later}`)

    await sent
    await checkPromises(writer, { stage, url: service.url, load })
    writer.check('the service stayed up', await staysUp(service.ended), `process ${service.pid}`)
    await stopService(scene, service)
  })
}

function staysUp(ended: Promise<unknown>): Promise<boolean> {
  return Promise.race([ended.then(() => false), Promise.resolve().then(() => true)])
}
