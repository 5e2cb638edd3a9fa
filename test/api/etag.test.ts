import t from 'tap'
import { alreadyHas, formatETag, optionalVersion, requiredVersion } from '../../src/api/etag.ts'

t.test('If-Match names one version', async t => {
  for (const header of ['"12"', 'W/"12"', '12', ' "12" ']) t.equal(requiredVersion(header), '12', header)
  for (const header of ['*', '"1", "2"', '"a b"', '""', '"1" x']) {
    t.throws(() => requiredVersion(header), { code: 'IF_MATCH_REQUIRED', status: 428 }, header)
    t.throws(() => optionalVersion(header), { code: 'IF_MATCH_REQUIRED' }, header)
  }
  for (const header of [undefined, '', ' ']) {
    t.equal(optionalVersion(header), null)
    t.throws(() => requiredVersion(header), { code: 'IF_MATCH_REQUIRED' })
  }
})

t.test('If-None-Match says what the client has', async t => {
  const etag = formatETag('12')
  for (const header of ['"12"', 'W/"12"', '"1", "12"', '*']) t.ok(alreadyHas(header, etag), header)
  for (const header of [undefined, '"1"', '12', '"1", "2"']) t.notOk(alreadyHas(header, etag), String(header))
})
