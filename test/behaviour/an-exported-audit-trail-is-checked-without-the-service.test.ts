import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { startInSlack } from '../support/in-slack.ts'
import { until } from '../support/until.ts'
import { SECRETS, type World } from '../support/world.ts'

async function exported(world: World): Promise<string> {
  const headers = { authorization: `Bearer ${SECRETS.admin}` }
  return (await fetch(`${world.url()}/api/v1/audit/export`, { headers })).text()
}

/** As an auditor does it, on another machine. */
async function checked(lines: string): Promise<{ code: number | null; said: unknown }> {
  const script = spawn(process.execPath, ['scripts/verify-audit.ts'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const code = new Promise<number | null>(resolve => script.once('close', resolve))
  script.stdin.end(lines)
  return { said: JSON.parse(await text(script.stdout)), code: await code }
}

t.test('whatever was done, and wherever: each hash is over what is told', async t => {
  const { world, anna, incident, openWindow, post } = await startInSlack()
  t.teardown(world.stop)
  await anna.submit(await openWindow('tocsin:silence'), { for: '30', reason: 'the vendor is on it' })
  await until(async () => (await world.incident(incident)).silenced !== null)
  await world.api('POST', `/incidents/${incident}/severity`, { severity: 'P1', reason: 'a few customers' })
  await until(() => JSON.stringify(post().blocks).includes('tocsin:unsilence'))
  await anna.press(post(), 'tocsin:unsilence')
  const inTrail = async () => (await world.api('GET', '/audit')).body.items
  await until(async () => (await inTrail())[0]?.operation === 'slack: unsilence')

  const time = /^\d{4}-.*Z$/
  t.match(await inTrail(), [
    { operation: 'slack: unsilence', before: { silenced: { until: time } }, after: { silenced: null } },
    { operation: 'setIncidentSeverity', after: { pinned: { at: time } } },
    { operation: 'slack: silence', after: { act: { until: time } } },
  ])
  const lines = await exported(world)
  const { end } = (await world.api('GET', '/audit/verify')).body
  t.match(await checked(lines), { code: 0, said: { valid: true, end } })
  const tampered = lines.replace('the vendor is on it', 'nobody knows')
  t.match(await checked(tampered), { code: 1, said: { valid: false, broken: { reason: /changed/ } } })
})
