import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { createOneAtATime } from '../../src/pipeline/one-at-a-time.ts'

t.test('what concerns one key runs one after the other, in the order asked; keys run side by side', async t => {
  const oneAtATime = createOneAtATime()
  const log: string[] = []
  let running = 0
  let most = 0
  const work = (name: string) => async () => {
    running += 1
    most = Math.max(most, running)
    log.push(`${name} begins`)
    await nextTurn()
    log.push(`${name} ends`)
    running -= 1
    return name
  }
  const done = await Promise.all([
    oneAtATime('a', work('a1')),
    oneAtATime('a', work('a2')),
    oneAtATime('b', work('b1')),
  ])
  t.same(done, ['a1', 'a2', 'b1'])
  t.ok(log.indexOf('a1 ends') < log.indexOf('a2 begins'))
  t.ok(log.indexOf('b1 begins') < log.indexOf('a1 ends'))
  t.equal(most, 2)
})

t.test('one that fails fails alone, and does not stop the next', async t => {
  const oneAtATime = createOneAtATime()
  const failing = oneAtATime('a', async () => {
    throw new Error('broken')
  })
  const next = oneAtATime('a', async () => 'fine')
  await t.rejects(failing, { message: 'broken' })
  t.equal(await next, 'fine')
  t.equal(await oneAtATime('a', async () => 'later'), 'later')
})
