import { diffRules } from '../rules/diff-rules.ts'
import type { Revision } from '../rules/rules-document.ts'
import { sayDiff } from '../rules/say-diff.ts'
import type { Change } from './endpoint.ts'

const MOST = 100

/** What a publish changed, for the audit trail: both revisions stay as they were, so naming them is complete. */
export function rulesChange(before: Revision, after: Revision): Change {
  const lines = sayDiff(diffRules(before.document, after.document))
  const changes = lines.length > MOST ? [...lines.slice(0, MOST), `and ${lines.length - MOST} more`] : lines
  return {
    what: 'rules',
    before: { revision: before.number },
    after: { revision: after.number, message: after.message, changes },
  }
}
