/**
 * Is `release` older than `fixed`? Compares dotted numbers after an optional `package@` and `v` (Sentry's own release
 * format), then pre-releases as semantic versioning orders them; null when the two cannot be ordered, e.g. commit
 * hashes or two builds of one version.
 */
export function isOlderRelease(release: string, fixed: string): boolean | null {
  if (release === fixed) return false
  const a = versionOf(release)
  const b = versionOf(fixed)
  if (a === null || b === null || a.name !== b.name) return null
  const difference = compareNumbers(a.numbers, b.numbers) || comparePre(a.pre, b.pre)
  if (difference !== 0) return difference < 0
  return a.build === b.build ? false : null
}

interface Version {
  name: string
  numbers: number[]
  pre: string | null
  build: string | null
}

/** A short git hash has seven characters, and one in thirty of them is digits only: no shorter number is taken for one. */
const LONGEST_BARE_NUMBER = 6

function versionOf(release: string): Version | null {
  const at = release.lastIndexOf('@')
  const found = /^v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+(.*))?$/.exec(release.slice(at + 1))
  const numbers = found?.[1] ?? ''
  if (numbers === '' || (!numbers.includes('.') && numbers.length > LONGEST_BARE_NUMBER)) return null
  return {
    name: at === -1 ? '' : release.slice(0, at),
    numbers: numbers.split('.').map(Number),
    pre: found?.[2] ?? null,
    build: found?.[3] ?? null,
  }
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** semver.org, 11: 2.4.0-rc.1 < 2.4.0-rc.2 < 2.4.0; numbers by value and below words; the longer one later. */
function comparePre(a: string | null, b: string | null): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  const [as, bs] = [a.split('.'), b.split('.')]
  for (let i = 0; i < Math.max(as.length, bs.length); i++) {
    const [x, y] = [as[i], bs[i]]
    if (x === undefined) return -1
    if (y === undefined) return 1
    const difference = compareIdentifiers(x, y)
    if (difference !== 0) return difference
  }
  return 0
}

function compareIdentifiers(a: string, b: string): number {
  const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (isNumberA && isNumberB) return Number(a) - Number(b)
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}
