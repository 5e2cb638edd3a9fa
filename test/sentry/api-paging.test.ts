import fc from 'fast-check'
import t from 'tap'
import { nextCursor } from '../../src/sentry/api-paging.ts'

const at = 'https://sentry.io/api/0/organizations/acme/issues/?query=a,b;c&cursor=0:100:0'
const link = (header: string) => nextCursor(new Headers({ link: header }))

t.test('the next page is there only when it has results', t => {
  const previous = `<${at}>; rel="previous"; results="true"; cursor="0:0:1"`
  t.equal(link(`${previous}, <${at}>; rel="next"; results="true"; cursor="0:100:0"`), '0:100:0')
  t.equal(link(`${previous}, <${at}>; rel="next"; results="false"; cursor="0:100:0"`), null)
  t.equal(link(`<${at}>; cursor="1700:5:0"; results="true"; rel="next", ${previous}`), '1700:5:0')
  t.equal(link(previous), null)
  t.equal(link(`<${at}>; rel="next"; results="true"`), null, 'without a cursor there is no way on')
  t.equal(link(`<${at}>; rel="next"; results="true"; cursor=""`), null)
  t.equal(nextCursor(new Headers()), null)
  t.end()
})

t.test('whatever a header holds is read without an exception', t => {
  const text = fc.string({ unit: fc.constantFrom(...'<>;,="\\ relnxtcuso:0aé'), maxLength: 200 })
  fc.assert(
    fc.property(text, header => {
      const cursor = link(header.replaceAll('é', ''))
      return cursor === null || cursor !== ''
    }),
  )
  t.end()
})
