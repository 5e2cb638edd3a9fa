import { escaped } from './mrkdwn.ts'

/** Whom a post calls (between several ids is a blank), in Slack's markup, or in words why nobody. '' when nobody in particular is meant. */
export function mentionWords(mention: string | null, teamLead: string | null): string {
  if (mention === null || mention === '') return ''
  if (mention === 'here' || mention === 'channel') return `<!${mention}>`
  if (mention !== 'team-lead') {
    const ids = mention.split(' ').map(byId)
    const known = ids.filter(id => id !== null)
    return known.length === ids.length ? known.join(' ') : `_cannot tag ${escaped(mention, 60)}: not a Slack id_`
  }
  if (teamLead === null || teamLead === '') return '_team lead: not configured_'
  return byId(teamLead) ?? '_team lead: the configured id is not a Slack user (U…) or user group (S…)_'
}

/** Users are U… or W…, user groups S…. */
function byId(id: string): string | null {
  if (/^[UW][A-Z0-9]{2,30}$/.test(id)) return `<@${id}>`
  return /^S[A-Z0-9]{2,30}$/.test(id) ? `<!subteam^${id}>` : null
}
