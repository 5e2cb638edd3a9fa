/**
 * Why there is no answer, and what to do about it; follows the address. `writes`: the question changes something, and
 * nobody knows whether it did.
 */
export function unanswered(error: Error, writes: boolean): string {
  if (error.name === 'TimeoutError')
    return `takes too long: ${writes ? 'it may have been done or not, so look before you do it again' : 'try --timeout 120'}`
  const why = causeOf(error)
  if (/ALTNAME/.test(why)) return `shows the certificate of another name (${why}): is TOCSIN_URL right?`
  if (/CERT|SIGNATURE/.test(why))
    return `has a certificate that is not trusted here (${why}): name the file of your own authority in NODE_EXTRA_CA_CERTS`
  return `cannot be reached (${why}): is it running, and is TOCSIN_URL right?`
}

/** Node tells the cause of a failed fetch one level down. */
function causeOf(error: Error): string {
  const cause = error.cause as { code?: unknown; message?: unknown } | undefined
  return String(cause?.code ?? cause?.message ?? error.message)
}
