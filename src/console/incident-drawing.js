// Everything shown comes from outside: it is written as text only, and links are http(s) only.
/** An element; children are elements or text, and what is null is left out. */
function el(name, attributes, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value)
  made.append(...children.flat().filter(child => child !== null && child !== undefined && child !== ''))
  return made
}

function link(url, label) {
  const parsed = URL.parse(url ?? '')
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return label
  return el('a', { href: parsed.href, rel: 'noreferrer' }, label)
}

function time(iso) {
  if (iso === null || iso === undefined) return '–'
  return el('time', { datetime: iso, title: iso }, new Date(iso).toLocaleString())
}

function number(value) {
  return value.toLocaleString(undefined, { maximumFractionDigits: 2 })
}

const chip = severity => el('span', { class: `chip ${severity.toLowerCase()}` }, severity)
const badge = status => el('span', { class: `badge ${status}` }, status)

function table(caption, heads, rows) {
  if (rows.length === 0) return null
  const head = el(
    'tr',
    null,
    heads.map(text => el('th', { scope: 'col' }, text)),
  )
  const cells = row => row.map((cell, at) => el('td', { 'data-label': heads[at] }, cell ?? '–'))
  const body = rows.map(row => el('tr', null, cells(row)))
  const inner = el('table', null, el('caption', null, caption), el('thead', null, head), el('tbody', null, body))
  return el('div', { class: 'wide' }, inner)
}

function section(title, ...children) {
  const kept = children.flat().filter(child => child !== null && child !== '')
  return kept.length === 0 ? null : el('section', null, el('h2', null, title), kept)
}

function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '')
  return known.length === 0
    ? null
    : el(
        'dl',
        null,
        known.flatMap(([name, value]) => [el('dt', null, name), el('dd', null, value)]),
      )
}

const SOURCES = { windows: 'counted here', sentry: 'Sentry', webhook: 'the webhook' }
const windowWords = seconds => (seconds <= 0 ? 'so far' : seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`)

const MEASURED = {
  users: 'Users',
  events: 'Events',
  flowUsers: 'Users of the core flow',
  flowEvents: 'Events of the core flow',
  flowAnonymous: 'Those of them without a user',
  baselineUsers: 'Users in a usual hour',
}

/** Each number with where it came from, when, and over what; a missing one is unknown, which is not zero. */
function impactRows(incident) {
  const rows = []
  for (const [environment, impact] of Object.entries(incident.impact)) {
    for (const [name, label] of Object.entries(MEASURED)) {
      const measured = impact[name]
      if (measured) rows.push(measuredRow(`${label} (${environment})`, measured))
      else if (name === 'users') rows.push([`${label} (${environment})`, 'unknown', null, null, null])
    }
  }
  const project = incident.projectImpact
  for (const one of project?.crashFree ?? []) {
    const scope = one.scope === 'release' ? `release ${one.release ?? ''}` : 'production'
    const sample = one.sessions === null ? '' : ` of ${number(one.sessions)} sessions`
    rows.push([
      `Crash-free (${scope})`,
      `${number(one.percent)} %${sample}`,
      '60 min',
      SOURCES[one.source],
      time(one.at),
    ])
  }
  const spike = project?.unhandledPerMinute
  if (spike) rows.push(measuredRow('Unhandled in the worst minute', spike))
  return rows
}

function measuredRow(label, { value, windowSeconds, source, at }) {
  return [label, number(value), windowWords(windowSeconds), SOURCES[source] ?? source, time(at)]
}

function whyPart({ verdict, severity }) {
  const judged =
    verdict.severity === severity
      ? null
      : `Now measured as ${verdict.severity}; a machine does not lower it while it is open.`
  const degraded = verdict.degraded
    ? `Numbers missing: ${verdict.gaps.join('; ')}. It is judged again when they arrive.`
    : null
  const rows = verdict.evidence.map(one => [one.says, SOURCES[one.source] ?? one.source, time(one.at)])
  const cap = verdict.cap === null ? '' : `, held down by ${verdict.cap}`
  return section(
    `Why ${severity}`,
    el('p', { class: 'reason' }, verdict.reason),
    judged && el('p', null, judged),
    degraded && el('p', { class: 'bad' }, degraded),
    table('Evidence', ['What was seen', 'From', 'When'], rows),
    el(
      'p',
      { class: 'soft' },
      `Rule ${verdict.rule}${cap}, revision ${verdict.revision} of the rules, `,
      time(verdict.at),
    ),
  )
}

function person(owner) {
  if (owner === null) return 'nobody yet'
  const name = owner.name ?? owner.id ?? 'unknown'
  return owner.type === 'team' ? `team ${name}` : name
}

function frame(at) {
  if (at === null) return null
  const line = at.line === null ? '' : `:${at.line}`
  const words = [at.file && `${at.file}${line}`, at.function && `in ${at.function}`].filter(Boolean).join(' ')
  return words === '' ? null : el('code', null, words)
}

function aboutPart(incident) {
  const { muted, quiet } = incident
  const resolved = incident.resolvedAt && [
    time(incident.resolvedAt),
    incident.resolvedBy && ` by ${incident.resolvedBy}`,
    incident.resolvedInRelease && ` in ${incident.resolvedInRelease}`,
  ]
  const linked = incident.linked.map(one =>
    el('li', null, el('a', { href: `/incidents/${encodeURIComponent(one)}` }, one)),
  )
  return section(
    'About',
    facts([
      ['Owner', person(incident.owner)],
      ['Project', incident.project],
      ['Environment', incident.environment],
      ['Release', incident.release],
      ['Core flow', incident.coreFlow],
      ['Culprit', incident.culprit ?? incident.transaction],
      ['Frame', frame(incident.frame)],
      ['First seen', incident.firstSeen && time(incident.firstSeen)],
      ['Opened', time(incident.openedAt)],
      ['Acknowledged', incident.acknowledgedAt && time(incident.acknowledgedAt)],
      ['Resolved', resolved],
      ['Page generation', String(incident.generation)],
      ['Signals', number(incident.signals)],
      ['User reports', incident.feedback > 0 ? number(incident.feedback) : null],
      ['Muted', muted && [`by ${muted.by}: ${muted.reason}, since `, time(muted.since)]],
      [
        'Quiet',
        quiet && [
          el('a', { href: `/incidents/${encodeURIComponent(quiet.speaker)}` }, quiet.speaker),
          ` speaks for it: ${quiet.reason}`,
        ],
      ],
      ['Linked', linked.length > 0 ? el('ul', null, linked) : null],
    ]),
  )
}

function linksPart({ links }) {
  const all = [
    [links.sentry, 'Issue in Sentry'],
    [links.event, 'Event in Sentry'],
    [links.replay, 'Session replay'],
  ]
  const known = all.filter(([url]) => url !== null).map(([url, label]) => el('li', null, link(url, label)))
  return known.length === 0 ? null : el('ul', { class: 'links' }, known)
}

function suspectRow(one) {
  const of = value => (value === null ? 'unknown' : number(value))
  const title = el('a', { href: `/incidents/${encodeURIComponent(one.incident)}` }, one.title)
  return [title, of(one.events), of(one.users), one.coreFlow, one.link && link(one.link, 'Sentry')]
}

function causePart(incident) {
  const rows = Object.entries(incident.causes).map(([cause, { since, clearedAt }]) => {
    return [cause, time(since), clearedAt === null ? 'still there' : time(clearedAt)]
  })
  return section('Causes', table('It resolves when all have cleared', ['Cause', 'Since', 'Cleared'], rows))
}

function escalationPart({ escalations }) {
  const rows = escalations.flatMap(one =>
    one.steps.map((step, at) => [
      one.policy,
      String(at + 1),
      step.after,
      step.targets.map(target => target.destination + (target.mention ? ` (@${target.mention})` : '')).join(', '),
      at <= one.step ? 'told' : at === one.step + 1 && one.dueAt !== null ? ['due ', time(one.dueAt)] : 'later',
    ]),
  )
  return section('Escalation', table('Who is told, and when', ['Policy', 'Step', 'After', 'Told', 'State'], rows))
}

function notificationRow(one) {
  const state = one.error === null ? one.status : `${one.status}: ${one.error.message}`
  return [one.kind, one.destination, chip(one.severity), state, one.reason, time(one.settledAt ?? one.owedAt)]
}

function timelineItem(entry) {
  const severity = entry.severity === null ? null : chip(entry.severity)
  const by = entry.by === null ? null : ` by ${entry.by}`
  return el('li', null, time(entry.at), ' ', el('strong', null, entry.what), ' ', severity, ' ', entry.reason, by)
}

/** Draws the incident into `place`, in place of what was there. */
function drawIncident(place, { incident, timeline, notifications }) {
  document.title = `${incident.severity} ${incident.title} · Tocsin`
  const head = [incident.kind, incident.project, incident.shortId].filter(Boolean).join(' · ')
  const suspects = incident.suspects.map(suspectRow)
  const parts = [
    el(
      'p',
      { class: 'head' },
      chip(incident.severity),
      ' ',
      badge(incident.status),
      ' ',
      el('span', { class: 'soft' }, head),
    ),
    el('h1', null, incident.title),
    linksPart(incident),
    whyPart(incident),
    section('Whom it hurts', table('Measured', ['What', 'Value', 'Over', 'From', 'When'], impactRows(incident))),
    section(
      'Suspects',
      table('Issues behind it, largest first', ['Issue', 'Events', 'Users', 'Core flow', 'Link'], suspects),
    ),
    aboutPart(incident),
    section('Timeline', el('ol', { class: 'timeline' }, timeline.map(timelineItem))),
    section(
      'Notifications',
      table('Every message about it', ['Kind', 'To', 'As', 'State', 'Why', 'When'], notifications.map(notificationRow)),
    ),
    escalationPart(incident),
    causePart(incident),
  ]
  place.replaceChildren(...parts.filter(part => part !== null))
}

globalThis.drawIncident = drawIncident
