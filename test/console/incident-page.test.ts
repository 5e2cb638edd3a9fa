import { Script } from 'node:vm'
import { fastify } from 'fastify'
import t, { type Test } from 'tap'
import { incidentPage } from '../../src/console/incident-page.ts'

/** What a test is given: only its teardown is used here. */
type Tap = Pick<Test, 'teardown'>

async function startPage(t: Tap, sandbox = false) {
  const server = fastify()
  await server.register(incidentPage, { sandbox })
  t.teardown(() => server.close())
  return async (path: string) => {
    const { statusCode, headers, body } = await server.inject(path)
    return { status: statusCode, headers, body, nonce: /nonce="([^"]+)"/.exec(body)?.[1] ?? '' }
  }
}

t.test('the page is the same for everybody and for every incident: it holds no data', async t => {
  const get = await startPage(t)
  const first = await get('/incidents/inc_3f9a1c5e7b2d48a06c91')
  const second = await get('/incidents/%3Cscript%3Ealert(1)%3C%2Fscript%3E')
  t.equal(first.status, 200)
  t.match(first.headers['content-type'], 'text/html')
  t.equal(first.headers['cache-control'], 'no-store')
  t.not(first.nonce, second.nonce, 'a nonce is used once')
  t.equal(first.body.replaceAll(first.nonce, ''), second.body.replaceAll(second.nonce, ''))
  t.notMatch(first.body, 'inc_3f9a1c5e7b2d48a06c91')
})

t.test('nothing runs, loads, frames or posts but what the page itself brought', async t => {
  const get = await startPage(t)
  const { headers, body, nonce } = await get('/incidents/inc_1')
  const policy = String(headers['content-security-policy'])
  const parts = new Map(policy.split('; ').map(part => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]))
  t.match(Object.fromEntries(parts), {
    'default-src': "'none'",
    'script-src': `'nonce-${nonce}'`,
    'style-src': `'nonce-${nonce}'`,
    'connect-src': "'self'",
    'form-action': "'none'",
    'base-uri': "'none'",
    'frame-ancestors': "'none'",
  })
  t.match(headers, { 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' })
  t.notMatch(body, /<(link|img|iframe)\b|\bsrc=|\bstyle="|\bon\w+="/)
})

t.test('its script is one, and writes text only', async t => {
  const get = await startPage(t)
  const { body } = await get('/incidents/inc_1')
  const scripts = [...body.matchAll(/<script nonce="[^"]+">([\s\S]*?)<\/script>/g)].map(([, code]) => code ?? '')
  t.equal(scripts.length, 1)
  const [code = ''] = scripts
  t.doesNotThrow(() => new Script(code))
  t.notMatch(
    code,
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|localStorage|location\.search/,
  )
})

t.test('the key comes from the address only in the sandbox, and only in its fragment', async t => {
  const [outside, inside] = [await startPage(t, false), await startPage(t, true)]
  t.match((await outside('/incidents/inc_1')).body, '<html lang="en" data-sandbox="no">')
  t.match((await inside('/incidents/inc_1')).body, '<html lang="en" data-sandbox="yes">')
  t.match((await inside('/incidents/inc_1')).body, /dataset\.sandbox === 'yes'/)
})

t.test('without a script the page says what to do', async t => {
  const get = await startPage(t)
  t.match((await get('/incidents/inc_1')).body, /<noscript>.*curl.*<\/noscript>/s)
})
