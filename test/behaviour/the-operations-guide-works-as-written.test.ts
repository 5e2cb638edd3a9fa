import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { SECRETS, startWorld } from '../support/world.ts'

const run = promisify(execFile)

/** Every block that a reader of the guide would paste, in its order. */
function blocksOf(guide: string): string[] {
  return [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
}

t.test('every block of the operations guide runs as it is, one after another', async t => {
  const blocks = blocksOf(readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8'))
  t.ok(blocks.length > 10, 'the blocks were found')
  const world = await startWorld()
  t.teardown(() => world.stop())
  const into = mkdtempSync(join(tmpdir(), 'tocsin-guide-'))
  t.teardown(() => rmSync(into, { recursive: true }))
  const env = { PATH: process.env.PATH, URL: world.url(), ADMIN_API_KEY: SECRETS.admin }
  // The first call that is refused ends it, with what was answered.
  const { stdout, stderr } = await run('sh', ['-e', '-c', blocks.join('\n')], { cwd: into, env, maxBuffer: 1 << 26 })
  t.equal(stderr, '')
  t.match(stdout, /"whole":true|"ok":true|"valid":true/)
  t.match(readFileSync(join(into, 'audit.ndjson'), 'utf8'), /nightly-import/)
  t.notMatch(stdout, new RegExp(SECRETS.admin))
})
