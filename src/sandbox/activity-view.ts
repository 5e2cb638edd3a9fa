import type { BacklogEntry } from '../deliver/backlog-entry.ts'
import type { QuarantineEntry } from '../signals/quarantine.ts'
import { type Html, html, linkTo, timeOf } from './html.ts'
import type { SandboxState } from './sandbox-state.ts'

const SENT_SHOWN = 3
const TIMELINE_SHOWN = 20

/** Where the page leads for an incident; on from there with the key, see sandbox-page.ts. */
export function openIncident(id: string): string {
  return `/sandbox/open/${encodeURIComponent(id)}`
}

function severityChip(severity: string): Html {
  return html`<span class="chip ${severity.toLowerCase()}">${severity}</span>`
}

export function incidentsSection(incidents: SandboxState['incidents']): Html {
  if (incidents.length === 0) return html`<p class="nothing">No incident yet.</p>`
  return html`<ol class="feed">${incidents.map(incidentOf)}</ol>`
}

function incidentOf({ incident, timeline }: SandboxState['incidents'][number]): Html {
  const { id, severity, status, title, verdict } = incident
  const where = [incident.kind, incident.project, incident.environment, incident.release].filter(part => part !== null)
  const degraded = verdict.degraded ? html`<p class="fault">Numbers missing: ${verdict.gaps.join('; ')}</p>` : null
  const evidence = verdict.evidence.map(one => html`<li>${one.says}</li>`)
  const entries = timeline
    .slice(0, TIMELINE_SHOWN)
    .map(
      entry =>
        html`<li>${timeOf(entry.at)} <strong>${entry.what}</strong> ${entry.severity === null ? null : severityChip(entry.severity)} ${entry.reason}</li>`,
    )
  return html`<li class="card">
<p class="meta">${severityChip(severity)} <span class="badge ${status}">${status}</span> ${where.join(' · ')} · ${timeOf(incident.updatedAt)}</p>
<h3><a href="${openIncident(id)}">${title}</a></h3>
<p>${verdict.reason}</p>${degraded}
<details data-key="${id}"><summary>Evidence and timeline</summary>
<h4>Evidence</h4><ul>${evidence}</ul><h4>Timeline, newest first</h4><ol class="log">${entries}</ol></details></li>`
}

export function backlogSection(entries: readonly BacklogEntry[]): Html {
  if (entries.length === 0) return html`<p class="nothing">Nothing in the backlog.</p>`
  const rows = entries.map(entry => {
    const owner = entry.owner === null ? 'nobody yet' : (entry.owner.name ?? entry.owner.id ?? 'unknown')
    const title = entry.link === null ? html`${entry.title}` : linkTo(entry.link, entry.title)
    return html`<li class="card"><p class="meta">${severityChip(entry.severity)} <span class="badge ${entry.status}">${entry.status}</span> owner: ${owner} · <a href="${openIncident(entry.incident)}">incident</a> · ${timeOf(entry.createdAt)}</p>
<h3>${title}</h3><p>${entry.closedBecause ?? entry.reason}</p></li>`
  })
  return html`<ol class="feed">${rows}</ol>`
}

export function quarantineSection(entries: readonly QuarantineEntry[]): Html {
  if (entries.length === 0) return html`<p class="nothing">Nothing in quarantine: every webhook could be read.</p>`
  const rows = entries.map(entry => {
    const problems = entry.problems.map(problem => html`<li><code>${problem.path}</code> ${problem.message}</li>`)
    return html`<li class="card"><p class="meta">${entry.resource === '' ? 'no resource' : entry.resource} · ${timeOf(entry.receivedAt)}</p>
<p>${entry.reason}</p><ul>${problems}</ul></li>`
  })
  return html`<ol class="feed">${rows}</ol>`
}

/** What was sent from here and what became of it. Empty markup before the first. */
export function sentSection(sent: SandboxState['sent']): Html {
  if (sent.length === 0) return html``
  const rows = sent.map(({ sample, record }) => {
    const result =
      sample.error !== null
        ? html`<span class="fault">${sample.error}</span>`
        : record === null
          ? html`accepted, being handled`
          : html`<strong>${record.outcome}</strong> ${record.severity === null ? null : severityChip(record.severity)} ${record.reason}`
    const incident =
      record?.incident === undefined || record.incident === null
        ? null
        : html` <a href="${openIncident(record.incident)}">incident</a>`
    return html`<li>${timeOf(sample.at)} <code>${sample.name}</code>: ${result}${incident}</li>`
  })
  const older = rows.slice(SENT_SHOWN)
  const rest =
    older.length === 0
      ? null
      : html`<details data-key="sent"><summary>${older.length} more</summary><ol class="log">${older}</ol></details>`
  return html`<h3>Sent from here</h3><ol class="log">${rows.slice(0, SENT_SHOWN)}</ol>${rest}`
}
