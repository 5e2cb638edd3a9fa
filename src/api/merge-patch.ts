import { isObject } from '../rules/problem-list.ts'

/**
 * JSON Merge Patch (RFC 7396 section 2): members of the patch replace those of the target, null takes them away, lists
 * are replaced whole. Neither is changed. Undefined counts as absent.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue
    if (value === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name), value))
  }
  return Object.fromEntries(merged)
}
