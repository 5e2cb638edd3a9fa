/**
 * Is `release` older than `fixed`? Compares dotted numbers after an optional `package@` and `v` (Sentry's own release
 * format); null when the two cannot be ordered, e.g. commit hashes.
 */
export function isOlderRelease(release: string, fixed: string): boolean | null {
  if (release === fixed) return false
  const a = versionOf(release)
  const b = versionOf(fixed)
  if (a === null || b === null || a.name !== b.name) return null
  for (let i = 0; i < Math.max(a.numbers.length, b.numbers.length); i++) {
    const difference = (a.numbers[i] ?? 0) - (b.numbers[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  // 2.4.0-rc.1 comes before 2.4.0
  return a.pre !== b.pre ? a.pre : null
}

function versionOf(release: string): { name: string; numbers: number[]; pre: boolean } | null {
  const at = release.lastIndexOf('@')
  const name = at === -1 ? '' : release.slice(0, at)
  const found = /^v?(\d+(?:\.\d+)+|\d+)(-[0-9A-Za-z.-]+)?(?:\+.*)?$/.exec(release.slice(at + 1))
  // A bare long number may be a hash or a build date: only dotted ones, or short ones, are versions.
  if (found === null || (found[1]?.length ?? 0) > 40) return null
  return { name, numbers: (found[1] ?? '').split('.').map(Number), pre: found[2] !== undefined }
}
