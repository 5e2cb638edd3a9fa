import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { lockDataDir } from '../../src/platform/data-dir.ts'

const room = join(import.meta.dirname, '../../src/platform/data-dir.ts')

t.test(
  'a second process on the same directory is refused and told who holds it, until the holder is killed',
  async t => {
    const dir = join(t.testdir(), 'a/b')
    const code = `const { lockDataDir } = await import(${JSON.stringify(room)})
    lockDataDir(${JSON.stringify(dir)}, process.pid); console.log('held'); setInterval(() => {}, 1000)`
    const holder = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.teardown(() => holder.kill('SIGKILL'))
    await once(holder.stdout, 'data')
    t.throws(() => lockDataDir(dir, process.pid), { message: new RegExp(`in use by process ${holder.pid}`) })
    const gone = once(holder, 'exit')
    holder.kill('SIGKILL')
    await gone
    const lock = lockDataDir(dir, process.pid)
    t.throws(() => lockDataDir(dir, 0), { message: new RegExp(`in use by process ${process.pid}`) })
    lock.release()
    lockDataDir(dir, process.pid).release()
  },
)

t.test('a place that cannot be a directory is refused by its own error', async t => {
  const dir = t.testdir({ file: 'text' })
  t.throws(() => lockDataDir(join(dir, 'file', 'x'), 1), { code: 'ENOTDIR' })
  t.throws(() => lockDataDir(t.testdir({ 'lock.sqlite': {} }), 1), /unable to open/)
})
