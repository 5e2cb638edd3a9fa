import { type Html, html, linkTo, timeOf } from './html.ts'
import type { PagerdutyStandIn, StandInAlert } from './pagerduty-stand-in.ts'

const MOST_SHOWN = 40
const DEEPEST = 3
const CAN_DO = {
  triggered: [
    ['acknowledge', 'Acknowledge'],
    ['resolve', 'Resolve'],
  ],
  acknowledged: [['resolve', 'Resolve']],
  resolved: [['reopen', 'Reopen']],
} as const

/** PagerDuty's alerts, open ones first, newest first. null: a real PagerDuty is used. */
export function pagerdutySection(pagerduty: PagerdutyStandIn | null, rewrite: (url: URL) => string): Html {
  if (pagerduty === null) return html`<p class="nothing">A real PagerDuty is configured: pages go there.</p>`
  const newest = pagerduty.alerts.toReversed()
  const open = newest.filter(alert => alert.status !== 'resolved')
  const shown = [...open, ...newest.filter(alert => alert.status === 'resolved')].slice(0, MOST_SHOWN)
  const refused = pagerduty.requests.filter(({ status }) => status !== null && status >= 300).slice(-3)
  const faults = refused.map(
    ({ at, status, errors }) => html`<p class="fault">${timeOf(at)} refused with ${status}: ${errors.join('; ')}</p>`,
  )
  const alerts =
    shown.length === 0
      ? html`<p class="nothing">Nobody has been paged yet.</p>`
      : html`<ol class="feed">${shown.map(alert => alertOf(alert, pressable(pagerduty, alert), rewrite))}</ol>`
  return html`${faults}${alerts}`
}

/** What the person on call can do there. */
function pressable({ incidents }: PagerdutyStandIn, alert: StandInAlert): Html {
  const holding = incidents.all.find(incident => incident.alerts.includes(alert))
  const buttons = (holding === undefined ? [] : CAN_DO[holding.status]).map(
    ([action, label]) =>
      html`<form method="post" action="/sandbox/pagerduty/${alert.id}/${action}" data-send><button>${label}</button></form> `,
  )
  return html`${buttons}`
}

function alertOf(alert: StandInAlert, buttons: Html, rewrite: (url: URL) => string): Html {
  const { payload, links = [], client_url } = alert.event
  const details = payload?.custom_details ?? {}
  const why = typeof details.why === 'string' ? html`<p>${details.why}</p>` : null
  const back = client_url === undefined ? [] : [{ href: client_url, text: 'Incident in Tocsin' }]
  const all = [...links.filter(link => link.href !== client_url), ...back]
  const shownLinks = all.map(link => html`<li>${linkTo(link.href, link.text ?? link.href, rewrite)}</li>`)
  const log = alert.log.map(
    ({ at, action, summary }) => html`<li>${timeOf(at)} <strong>${action}</strong> ${summary ?? ''}</li>`,
  )
  return html`<li class="card alert ${alert.status}">
<p class="meta"><span class="badge ${alert.status}">${alert.status}</span> <span class="pd">${payload?.severity ?? 'no severity'}</span> ${timeOf(alert.openedAt)}</p>
<h3>${payload?.summary ?? '(no summary)'}</h3>${why}
<ul class="links">${shownLinks}</ul>${buttons}
<details data-key="pd-${alert.id}"><summary>Details, dedup key and log</summary>
<dl class="details"><dt>dedup_key</dt><dd><code>${alert.dedupKey}</code></dd>
<dt>source</dt><dd>${payload?.source ?? ''}</dd></dl>
${shownValue(details, 0)}
<h4>Log</h4><ol class="log">${log}</ol></details></li>`
}

/** custom_details as PagerDuty shows them: names and values, lists as lists. */
function shownValue(value: unknown, depth: number): Html {
  if (Array.isArray(value) && depth < DEEPEST) {
    return html`<ul>${value.map(one => html`<li>${shownValue(one, depth + 1)}</li>`)}</ul>`
  }
  if (typeof value === 'object' && value !== null && depth < DEEPEST) {
    const rows = Object.entries(value).map(
      ([name, inner]) => html`<dt>${name}</dt><dd>${shownValue(inner, depth + 1)}</dd>`,
    )
    return html`<dl class="details">${rows}</dl>`
  }
  return html`${typeof value === 'string' ? value : (JSON.stringify(value) ?? '')}`
}
