import { hash } from 'node:crypto'

/** What incidents of one storm have in common, nearest first: their project, their release, or the very same error. */
export function stormScopes(incident: {
  project: string | null
  release: string | null
  errorClass: string | null
  title: string
}): { scope: string; words: string }[] {
  const { project, release } = incident
  const cause = causeOf(incident)
  return [
    ...(project === null ? [] : [{ scope: `project:${project}`, words: `of project ${project}` }]),
    ...(release === null ? [] : [{ scope: `release:${release}`, words: `of release ${release}` }]),
    ...(cause === null ? [] : [{ scope: `cause:${cause}`, words: 'of the same error' }]),
  ]
}

/** One upstream that is down shows in many projects under one message, with other numbers and ids in it. */
function causeOf({ errorClass, title }: { errorClass: string | null; title: string }): string | null {
  const words = title
    .toLowerCase()
    .replace(/0x[0-9a-f]+|[0-9a-f]{8,}|\d+/g, '#')
    .replace(/\s+/g, ' ')
    .trim()
  if (errorClass === null || words === '' || words === errorClass.toLowerCase()) return null
  return hash('sha256', `${errorClass}|${words}`).slice(0, 16)
}
