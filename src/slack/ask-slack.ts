import type { Destination, DestinationSecret } from '../deliver/destination.ts'
import { secureUrlSchema } from '../deliver/secure-url.ts'
import type { ModalView } from './modals.ts'
import { readFailure } from './read-failure.ts'
import { createSlackClients } from './slack-client.ts'

export interface AskSlack {
  /** Opens a window for whoever pressed: null, or in words why it could not be. A trigger_id is good for 3 s. */
  openModal(destination: string, triggerId: string, view: ModalView): Promise<string | null>
  /** What a person is called in Slack; null when that cannot be learnt. */
  nameOf(destination: string, user: string): Promise<string | null>
  close(): void
}

/** What Slack is asked beside posting: through the token of the destination under whose post somebody pressed. */
export function createAskSlack(options: {
  timeoutMs: number
  destinationOf(id: string): { destination: Destination; secret: DestinationSecret } | null
}): AskSlack {
  const clients = createSlackClients(options)

  function clientOf(id: string) {
    const place = options.destinationOf(id)
    const token = place?.secret.botToken ?? ''
    if (place?.destination.kind !== 'slack' || token === '') return null
    if (!secureUrlSchema.safeParse(place.destination.url).success) return null
    return { client: clients.of(token, place.destination.url), token }
  }

  return {
    async openModal(destination, triggerId, view) {
      const at = clientOf(destination)
      if (at === null) return `destination ${destination} is no Slack destination any more`
      try {
        // The library types every kind of element; ours are written out in modals.ts.
        await at.client.apiCall('views.open', { trigger_id: triggerId, view: JSON.stringify(view) })
        return null
      } catch (error) {
        const failure = readFailure(error, at.token)
        return failure.message
      }
    },
    async nameOf(destination, user) {
      const at = clientOf(destination)
      if (at === null) return null
      try {
        const { user: found } = await at.client.users.info({ user })
        return found?.profile?.display_name || found?.real_name || found?.name || null
      } catch {
        // Without the scope users:read the person goes by their id.
        return null
      }
    },
    close: clients.close,
  }
}
