import { backlogSection, incidentsSection, openIncident, quarantineSection, sentSection } from './activity-view.ts'
import { type Html, html, trusted } from './html.ts'
import { pagerdutySection } from './pagerduty-view.ts'
import { groupSamples, type SampleGroup } from './sample-groups.ts'
import type { Sample } from './samples/sample.ts'
import type { SandboxState } from './sandbox-state.ts'
import { slackSection } from './slack-view.ts'

/** What the page's script exchanges while it is open, as `live` of the page or by itself; the rest of the page stays. */
export function wrapLive(live: Html, version: string, summary: string): Html {
  return html`<div data-live data-version="${version}" data-summary="${summary}">${live}</div>`
}

/** Everything that arrived and what came of it. */
export function liveParts(state: SandboxState, ownUrl: string): Html {
  const rewrite = rewriteOwn(ownUrl)
  return html`<div class="sent">${sentSection(state.sent)}</div>
<div class="columns">
<section aria-labelledby="pagerduty"><h2 id="pagerduty">“PagerDuty”</h2>${pagerdutySection(state.pagerduty, rewrite)}</section>
<section aria-labelledby="slack"><h2 id="slack">“Slack”</h2>${slackSection(state.slack, rewrite)}</section>
</div>
<section aria-labelledby="incidents"><h2 id="incidents">Incidents</h2>${incidentsSection(state.incidents)}</section>
<div class="columns">
<section aria-labelledby="backlog"><h2 id="backlog">Backlog</h2>${backlogSection(state.backlog)}</section>
<section aria-labelledby="quarantine"><h2 id="quarantine">Quarantine</h2>${quarantineSection(state.quarantine)}</section>
</div>`
}

/** The whole page. Without script it works by its forms and a reload. */
export function sandboxHtml(page: {
  live: Html
  summary: string
  samples: Readonly<Record<string, Sample>>
  ownUrl: string
  nonce: string
  style: string
  script: string
}): string {
  const { first, rest } = groupSamples(page.samples)
  const shown = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Tocsin sandbox</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style nonce="${page.nonce}">${trusted(page.style)}</style>
</head>
<body>
<a class="skip" href="#pagerduty">To what arrived</a>
<header>
<h1>Tocsin <span class="sandbox">SANDBOX</span></h1>
<p>Sentry, PagerDuty and Slack are stand-ins on this machine: every message below went out over real HTTP, and nobody was told.
Links into Sentry are made up. After a restart the stand-ins have forgotten what they received; incidents stay.</p>
</header>
<main>
<section aria-labelledby="start"><h2 id="start">Send what Sentry would send</h2>
${sampleList(first)}
<details class="more"><summary>All other samples</summary>${rest.map(sampleGroup)}</details>
</section>
<p class="news" role="status" aria-live="polite" data-news>${page.summary}</p>
${page.live}
<section class="next" aria-labelledby="next"><h2 id="next">What to do next</h2>${nextSteps(page.ownUrl)}</section>
</main>
<script nonce="${page.nonce}">${trusted(page.script)}</script>
</body>
</html>
`
  return shown.markup
}

function sampleGroup(group: SampleGroup): Html {
  return html`<h3>${group.title}</h3>${sampleList(group)}`
}

function sampleList({ samples }: SampleGroup): Html {
  const items = samples.map(
    ({ name, sample }) => html`<li><form method="post" action="/sandbox/send/${encodeURIComponent(name)}" data-send>
<button type="submit">${name}</button></form><p>${sample.about}</p></li>`,
  )
  return html`<ul class="samples">${items}</ul>`
}

function nextSteps(ownUrl: string): Html {
  return html`<ol>
<li>The same from a shell; without a name it lists the samples:<pre><code>npm run sample -- payment-failure</code></pre></li>
<li>Ask the API. The key is <code>adminApiKey</code> in <code>DATA_DIR/sandbox.json</code> (<code>./data</code> unless set), or what <code>ADMIN_API_KEY</code> says:
<pre><code>curl -H "Authorization: Bearer $ADMIN_API_KEY" ${ownUrl}/api/v1/incidents
curl -H "Authorization: Bearer $ADMIN_API_KEY" ${ownUrl}/api/v1/rules</code></pre></li>
<li>Look around: <a href="/docs">what the API knows</a>, <a href="/readyz">what is ready</a>, <a href="/metrics">metrics</a>,
<a href="/sandbox/state">this page as JSON</a>.</li>
<li>Go live: set <code>SENTRY_CLIENT_SECRET</code>, <code>PAGERDUTY_ROUTING_KEY</code>, <code>SLACK_BOT_TOKEN</code>,
<code>ADMIN_API_KEY</code> and <code>ENCRYPTION_KEY</code>, and start again. The README shows the whole way.</li>
</ol>`
}

/** Links to our own incidents go by way of this page, which knows the key. */
function rewriteOwn(ownUrl: string): (url: URL) => string {
  const own = URL.parse(ownUrl)
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/
  return url => {
    const id = /^\/incidents\/(inc_\w+)$/.exec(url.pathname)?.[1]
    const ours = url.origin === own?.origin || loopback.test(url.hostname)
    return id !== undefined && ours ? openIncident(id) : url.href
  }
}
