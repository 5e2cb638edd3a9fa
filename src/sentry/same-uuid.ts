/** Sentry writes uuids with dashes and without, people copy them either way. */
export function sameUuid(one: string, other: string): boolean {
  return bare(one) === bare(other)
}

function bare(uuid: string): string {
  return uuid.replaceAll('-', '').toLowerCase()
}
