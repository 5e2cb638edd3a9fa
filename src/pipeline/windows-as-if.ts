import type { WindowCounts, WindowEvent } from '../measure/window-event.ts'
import { countedIn, isTooOld } from '../measure/window-event.ts'
import type { WindowsStore } from '../measure/windows-store.ts'

/**
 * The windows as they would be with these events, which are counted nowhere. Whether the user, or the event itself, was
 * counted before is not known: at most one too many.
 */
export function windowsAsIf(
  windows: Pick<WindowsStore, 'read' | 'suspects'>,
): Pick<WindowsStore, 'observe' | 'read' | 'suspects'> {
  return {
    read: question => windows.read(question),
    suspects: (source, project, now, limit) => windows.suspects(source, project, now, limit),
    observe: (events, now) =>
      Promise.all(
        events.map(async event => {
          const { source, project, issue } = event
          const counts = await windows.read({ source, project, issue, environment: countedIn(event), now })
          return isTooOld(event, now) ? { ...counts, tooOld: true } : withOne(counts, event)
        }),
      ),
  }
}

function withOne(counts: WindowCounts, event: WindowEvent): WindowCounts {
  const { production, coreFlow, user, unhandled, feed } = event
  const inFlow = production && coreFlow !== null ? 1 : 0
  const crash = production && unhandled ? 1 : 0
  return {
    ...counts,
    users: counts.users + (user === null ? 0 : 1),
    events: counts.events + 1,
    productionEvents: counts.productionEvents + (production ? 1 : 0),
    flowUsers: counts.flowUsers + (user === null ? 0 : inFlow),
    flowEvents: counts.flowEvents + inFlow,
    flowAnonymous: counts.flowAnonymous + (user === null ? inFlow : 0),
    unhandledThisMinute: counts.unhandledThisMinute + crash,
    unhandledWorstMinute: Math.max(counts.unhandledWorstMinute, counts.unhandledThisMinute + crash),
    unhandledLast10Minutes: counts.unhandledLast10Minutes + crash,
    feedLive: counts.feedLive || feed,
    feedSince: counts.feedSince ?? (feed ? counts.at : null),
  }
}
