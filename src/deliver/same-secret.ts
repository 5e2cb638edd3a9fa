import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether two secrets say the same, whatever the order of their members; how long it takes tells nothing of them. */
export function sameSecret(one: object | null, other: object | null): boolean {
  if (one === null || other === null) return one === other
  return timingSafeEqual(digest(one), digest(other))
}

function digest(secret: object): Buffer {
  const members = Object.entries(secret).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(members)).digest()
}
