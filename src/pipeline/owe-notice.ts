import { NOTHING_TRIED_YET, type Notification } from '../deliver/notification.ts'
import { notificationId, TEST_INCIDENT } from '../deliver/notification-id.ts'
import type { NotificationStore } from '../deliver/notification-store.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'

export interface OweNoticeDeps {
  incidents: Pick<IncidentStore, 'markDirty'>
  notifications: Pick<NotificationStore, 'putOnce' | 'index'>
  dispatch(incident: string, owed: readonly Notification[], mark: number): void
  clock: Clock
}

/**
 * Owes a text that is about no incident, once under its name, however many processes ask. Marked first: what a crash leaves
 * owed is found by the sweep.
 */
export function createOweNotice(deps: OweNoticeDeps) {
  return async (destination: string, name: string, text: string): Promise<void> => {
    const now = deps.clock.now()
    const notice: Notification = {
      ...NOTHING_TRIED_YET,
      id: notificationId(TEST_INCIDENT, 0, 0, destination, name),
      incident: TEST_INCIDENT,
      generation: 1,
      seq: now,
      kind: 'notice',
      destination,
      mention: null,
      step: 0,
      severity: 'P3',
      reason: text,
      owedAt: now,
      causedAt: now,
    }
    const mark = await deps.incidents.markDirty(TEST_INCIDENT)
    if (!(await deps.notifications.putOnce(notice))) return
    await deps.notifications.index(notice)
    deps.dispatch(TEST_INCIDENT, [notice], mark)
  }
}
