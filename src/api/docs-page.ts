import { doors } from './doors.ts'
import { type Endpoint, NO_BODY, TAGS, templatePath } from './endpoint.ts'
import { endpointErrors } from './endpoint-errors.ts'
import { API_PREFIX, apiEndpoints } from './endpoints.ts'
import { openRoutes } from './open-routes.ts'
import { TITLES } from './problem.ts'

function escaped(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return text.replaceAll(/[&<>"']/g, sign => names[sign] ?? sign)
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1e}
h2{margin-top:2.5rem;border-bottom:1px solid #ccc}h3 code{font-size:1rem}pre{background:#f4f4f5;padding:.75rem;overflow:auto}
.m{display:inline-block;min-width:4.5em;font-weight:700}.q{color:#555}dt{font-family:monospace;margin-top:.5rem}
@media(prefers-color-scheme:dark){body{background:#18181b;color:#e4e4e7}pre{background:#27272a}.q{color:#a1a1aa}}`

/** The API for people: one page, no script, nothing loaded from elsewhere. */
export function docsPage(): string {
  const sections = Object.entries(TAGS).map(([tag, about]) => {
    const of = apiEndpoints.filter(endpoint => endpoint.tag === tag).map(endpointPart)
    const open = openRoutes.map(route => ({ ...route, method: 'GET' }))
    const others = tag === 'webhooks' ? doors : tag === 'operations' ? open : []
    const parts = [...of, ...others.map(one => otherPart(one.method, one.path, one.summary))]
    return `<h2 id="${tag}">${tag}</h2><p>${escaped(about)}.</p>${parts.join('')}`
  })
  const contents = Object.keys(TAGS).map(tag => `<a href="#${tag}">${tag}</a>`)
  const codes = Object.entries(TITLES).map(([code, title]) => `<dt id="${code}">${code}</dt><dd>${escaped(title)}</dd>`)
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tocsin API</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>${STYLE}</style></head><body>
<h1>Tocsin API</h1><p>The same for programs: <a href="/openapi.yaml">openapi.yaml</a>. Send
<code>Authorization: Bearer $ADMIN_API_KEY</code> to everything below <code>${API_PREFIX}</code>.</p>
<p>${contents.join(' · ')} · <a href="#errors">errors</a></p>${sections.join('\n')}
<h2 id="errors">errors</h2><p>Problem details (RFC 9457); <code>code</code> is one of these.</p><dl>${codes.join('')}</dl>
</body></html>`
}

function otherPart(method: string, path: string, summary: string): string {
  return `<h3><code><span class="m">${method}</span> ${escaped(templatePath(path))}</code></h3><p>${escaped(summary)}.</p>`
}

function endpointPart(endpoint: Endpoint): string {
  const { method, description, query, summary } = endpoint
  const names = Object.entries(query.shape).map(([name, field]) => {
    return `<code>${name}</code>${field.description === undefined ? '' : `: ${escaped(field.description)}`}`
  })
  const parameters = names.length === 0 ? '' : `<p class="q">Query: ${names.join('; ')}</p>`
  const errors = endpointErrors(endpoint).map(code => `<a href="#${code}">${code}</a>`)
  return `<h3 id="${endpoint.id}"><code><span class="m">${method}</span> ${API_PREFIX}${escaped(templatePath(endpoint.path))}</code></h3>
<p>${escaped(summary)}.${description === undefined ? '' : ` ${escaped(description)}`}</p>${parameters}
<pre>${escaped(curl(endpoint))}</pre><p class="q">Errors: ${errors.join(', ')}</p>`
}

/** The example as a command that can be pasted. */
function curl({ method, path, example, body, ifMatch, idempotent }: Endpoint): string {
  const address = path.replaceAll(/:(\w+)/g, (_, name: string) => example.params?.[name] ?? name)
  return [
    `curl -X ${method} "$TOCSIN${API_PREFIX}${address}"`,
    '-H "Authorization: Bearer $ADMIN_API_KEY"',
    ...(ifMatch === 'required' ? [`-H 'If-Match: "12"'`] : []),
    ...(idempotent ? ['-H "Idempotency-Key: $(uuidgen)"'] : []),
    ...(body === NO_BODY ? [] : ["-H 'Content-Type: application/json'", `-d '${JSON.stringify(example.body)}'`]),
  ].join(' \\\n  ')
}
