import { z } from 'zod'
import { ROLES } from '../access/caller.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'

export const whoamiSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  projects: z.array(z.string()).nullable().describe('Bound to these projects; null: to none'),
  via: z.enum(['environment', 'key', 'oidc']).describe('`environment`: the key in ADMIN_API_KEY'),
})

/** Whoever asks, as the service sees them: what a script checks first. */
export const whoamiEndpoints: Endpoint[] = [
  endpoint({
    id: 'whoAmI',
    method: 'GET',
    path: '/whoami',
    tag: 'api-keys',
    summary: 'Who you are here, and what you may',
    params: NOTHING,
    query: NOTHING,
    body: NO_BODY,
    scoped: true,
    response: whoamiSchema,
    example: { response: { id: 'q3XvT0aLm9Zk', name: 'deploy bot', role: 'editor', projects: null, via: 'key' } },
    async handle({ caller: { id, name, role, projects, via } }) {
      return { body: { id, name, role, projects: projects === null ? null : [...projects], via } }
    },
  }),
]
