/** Where a client on this machine reaches a service that listens on `url`: one that listens everywhere, on loopback. */
export function reachableUrl(url: string): string {
  const reachable = new URL(url)
  if (reachable.hostname === '0.0.0.0') reachable.hostname = '127.0.0.1'
  if (reachable.hostname === '[::]') reachable.hostname = '[::1]'
  return reachable.origin
}
