import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')
const STYLE = read('incident-page.css')
const SCRIPT = `${read('incident-drawing.js')}\n${read('incident-page-script.js')}`

/** The page without any data. `nonce` is base64. */
export function incidentHtml({ nonce, sandbox }: { nonce: string; sandbox: boolean }): string {
  const where = sandbox
    ? 'In the sandbox it is <code>adminApiKey</code> in <code>DATA_DIR/sandbox.json</code>.'
    : 'Ask whoever runs Tocsin for one.'
  return `<!doctype html>
<html lang="en" data-sandbox="${sandbox ? 'yes' : 'no'}">
<head>
<meta charset="utf-8">
<title>Incident · Tocsin</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<header>
<p class="product"><a href="${sandbox ? '/sandbox' : '/docs'}">Tocsin${sandbox ? ' sandbox' : ''}</a></p>
<button type="button" id="forget" hidden>Forget the key</button>
</header>
<noscript><p class="notice">This page asks the API with a script. Without one:
<code>curl -H "Authorization: Bearer $ADMIN_API_KEY" …/api/v1/incidents/ID</code></p></noscript>
<p class="notice" id="notice" role="status" aria-live="polite" hidden></p>
<form id="ask" hidden>
<h1>This incident is not public</h1>
<label for="key">API key</label>
<input id="key" type="password" autocomplete="off" spellcheck="false" required>
<button type="submit">Show the incident</button>
<p class="soft">It stays in this tab until you close it. ${where}</p>
</form>
<main id="incident" hidden></main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`
}
