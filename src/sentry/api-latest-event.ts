import { z } from 'zod'
import type { LatestEvent } from '../measure/impact-source.ts'
import { maskText } from '../signals/mask.ts'
import { keptTags, readTags } from './parse-tags.ts'
import { boolean, firstOf, number, raw, section, sections, text, time, toBoolean } from './payload-fields.ts'
import { replayLink } from './payload-links.ts'

/** The newest event of an issue (`/issues/{id}/events/latest/`). Its shape is not the webhook's: camelCase, entries, tag objects. */
const frame = { filename: text, absPath: text, module: text, function: text, lineNo: number, inApp: boolean }
const eventShape = z.object({
  eventID: text,
  title: text,
  message: text,
  location: text,
  culprit: text,
  dateCreated: time,
  metadata: section({ type: text, value: text }),
  release: section({ version: text }),
  tags: raw,
  entries: sections({
    type: text,
    data: section({
      values: sections({
        type: text,
        mechanism: section({ handled: boolean }),
        stacktrace: section({ frames: sections(frame) }),
      }),
    }),
  }),
  contexts: section({ replay: section({ replay_id: text }) }),
})

/** null: no event. `site` and `organization` make the link to the replay. */
export function readLatestEvent(body: unknown, site: string, organization: string): LatestEvent | null {
  const event = eventShape.safeParse(body).data
  if (event === undefined || event.eventID === null) return null
  const tags = readTags(event.tags)
  const failures = event.entries.find(entry => entry.type === 'exception')?.data?.values ?? []
  const failure = failures.at(-1) // oldest first: the last is the one that was thrown
  const replay = event.contexts?.replay?.replay_id ?? tags.get('replayId') ?? null
  return {
    event: event.eventID,
    title: masked(firstOf(event.title, event.metadata?.value, event.message)),
    environment: tags.get('environment') ?? null,
    release: firstOf(event.release?.version, tags.get('release')),
    transaction: masked(firstOf(tags.get('transaction'), event.culprit, event.location)),
    handled: firstOf(failure?.mechanism?.handled, toBoolean(tags.get('handled'))),
    errorClass: masked(firstOf(failure?.type, event.metadata?.type)),
    frame: frameOf(failure?.stacktrace?.frames ?? []),
    tags: keptTags(tags),
    replay: replayLink(`${site}/organizations/${organization}/`, organization, replay),
    at: event.dateCreated,
  }
}

type Frame = { [K in keyof typeof frame]: z.output<(typeof frame)[K]> }

/** The deepest frame of the application's own code; frames come oldest first. */
function frameOf(frames: readonly Frame[]): LatestEvent['frame'] {
  const own = frames.findLast(candidate => candidate.inApp === true)
  if (own === undefined) return null
  return {
    file: masked(firstOf(own.filename, own.absPath, own.module)),
    function: masked(own.function),
    line: own.lineNo,
  }
}

function masked(said: string | null): string | null {
  return said === null ? null : maskText(said)
}
