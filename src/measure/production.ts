/** Does an environment count as production? One that is not named does; names are compared without regard to case. */
export function isProduction(environment: string | null, production: readonly string[]): boolean {
  if (environment === null) return true
  const name = environment.toLowerCase()
  return production.some(known => known.toLowerCase() === name)
}

/** The ways such a name is usually spelled: Sentry's search tells `Production` from `production`. */
export function spellings(production: readonly string[]): string[] {
  const all = production.flatMap(name => {
    const lower = name.toLowerCase()
    return [name, lower, lower.toUpperCase(), lower.charAt(0).toUpperCase() + lower.slice(1)]
  })
  return [...new Set(all)]
}
