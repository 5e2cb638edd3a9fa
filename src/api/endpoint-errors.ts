import type { ErrorCode } from '../errors.ts'
import type { Endpoint } from './endpoint.ts'

/** An unknown parameter is invalid input, also where there are none to give. */
const ALWAYS: ErrorCode[] = [
  'BAD_REQUEST',
  'API_KEY_MISSING',
  'API_KEY_INVALID',
  'FORBIDDEN',
  'IDENTITY_UNAVAILABLE',
  'TOO_MANY_REQUESTS',
  'INVALID_INPUT',
  'INTERNAL',
  'STORE_UNAVAILABLE',
]

/** Every code an endpoint may answer: its own, and those its form brings with it. */
export function endpointErrors(endpoint: Endpoint): ErrorCode[] {
  const { method, ifMatch, idempotent } = endpoint
  const codes = new Set<ErrorCode>([...ALWAYS, ...endpoint.errors])
  // Whatever is sent as a body is read, also where none belongs.
  if (method !== 'GET') codes.add('INVALID_JSON').add('UNSUPPORTED_MEDIA_TYPE').add('BODY_TOO_LARGE')
  if (ifMatch !== 'none') codes.add('IF_MATCH_REQUIRED').add('STALE_ETAG')
  if (idempotent) codes.add('CONFLICT').add('IDEMPOTENCY_KEY_REUSED')
  return [...codes]
}
