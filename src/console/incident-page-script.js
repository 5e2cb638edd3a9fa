// Asks the API for the incident that the address names, with the key that the person has, and keeps it up to date.
const KEY = 'tocsin-api-key'
const PERIOD_MS = 5_000
const MOST_PAGES = 5
const place = document.getElementById('incident')
const ask = document.getElementById('ask')
const notice = document.getElementById('notice')
const forget = document.getElementById('forget')
const id = location.pathname.split('/').pop()
let shown = ''
let timer = 0

function say(text) {
  notice.textContent = text
  notice.hidden = text === ''
}

function askForKey(text) {
  clearTimeout(timer)
  sessionStorage.removeItem(KEY)
  say(text)
  place.hidden = true
  forget.hidden = true
  ask.hidden = false
  shown = ''
  document.getElementById('key').focus()
}

async function get(path, key) {
  const response = await fetch(`/api/v1/incidents/${id}${path}`, { headers: { authorization: `Bearer ${key}` } })
  if (response.ok) return response.json()
  const problem = await response.json().catch(() => null)
  throw Object.assign(new Error(problem?.detail ?? `the API answered ${response.status}`), { status: response.status })
}

/** The whole timeline, newest first, as far as anybody would read. */
async function getTimeline(key) {
  const entries = []
  let next = ''
  for (let pages = 0; next !== null && pages < MOST_PAGES; pages += 1) {
    const page = await get(`/timeline?limit=100${next === '' ? '' : `&cursor=${encodeURIComponent(next)}`}`, key)
    entries.push(...page.items)
    next = page.next
  }
  return entries.length > 1 && entries[0].at < entries.at(-1).at ? entries.reverse() : entries
}

async function load() {
  const key = sessionStorage.getItem(KEY)
  if (key === null) return askForKey('')
  ask.hidden = true
  forget.hidden = false
  try {
    const [incident, timeline, notifications] = await Promise.all([
      get('', key),
      getTimeline(key),
      get('/notifications', key),
    ])
    const all = { incident, timeline, notifications: notifications.items }
    const text = JSON.stringify(all)
    // Unchanged, it stays as it is: nobody loses a selection.
    if (text !== shown) globalThis.drawIncident(place, all)
    shown = text
    place.hidden = false
    say('')
  } catch (error) {
    if (error.status === 401) return askForKey('This key is not known here.')
    say(error.status === undefined ? 'The service does not answer; trying again.' : error.message)
  }
  clearTimeout(timer)
  timer = setTimeout(watch, PERIOD_MS)
}

function watch() {
  if (document.hidden) timer = setTimeout(watch, PERIOD_MS)
  else load()
}

function keyFromFragment() {
  const key = new URLSearchParams(location.hash.slice(1)).get('key')
  if (key === null) return
  history.replaceState(null, '', location.pathname) // out of the address, so that it is not copied along
  if (document.documentElement.dataset.sandbox === 'yes') sessionStorage.setItem(KEY, key)
}

ask.addEventListener('submit', event => {
  event.preventDefault()
  const input = document.getElementById('key')
  sessionStorage.setItem(KEY, input.value.trim())
  input.value = ''
  load()
})
forget.addEventListener('click', () => askForKey('The key is forgotten.'))
keyFromFragment()
load()
