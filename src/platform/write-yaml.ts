import { stringify } from 'yaml'

/**
 * Plain data as YAML 1.2, the same bytes for the same data: members in their order, no anchors, no folded lines. Words that
 * YAML 1.1 would take for something else (`no`, `on`, `12:30`) are quoted, because other tools still read that.
 */
export function writeYaml(value: unknown, comment: readonly string[] = []): string {
  const lines = comment.map(line => (line === '' ? '#' : `# ${line}`))
  const head = lines.length === 0 ? '' : `${lines.join('\n')}\n\n`
  return head + stringify(value, { version: '1.2', compat: 'yaml-1.1', aliasDuplicateObjects: false, lineWidth: 0 })
}
