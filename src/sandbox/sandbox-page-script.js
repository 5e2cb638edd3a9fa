// Keeps the page up to date. It draws nothing itself: the server's own markup, escaped there, is exchanged as a whole.
const PERIOD_MS = 2_000
const live = document.querySelector('[data-live]')
const news = document.querySelector('[data-news]')

function showLocalTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime)
    time.textContent = at.toLocaleTimeString()
    time.title = at.toLocaleString()
  }
}

function openDetails() {
  return new Set([...live.querySelectorAll('details[open]')].map(details => details.dataset.key))
}

async function exchange() {
  const response = await fetch('/sandbox/live')
  if (!response.ok) throw new Error(String(response.status))
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
  const open = openDetails()
  const focused = live.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null
  const next = fresh.querySelector('[data-live]')
  for (const details of next.querySelectorAll('details[data-key]')) details.open = open.has(details.dataset.key)
  showLocalTimes(next)
  live.replaceChildren(...next.childNodes)
  if (focused !== null) live.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus()
  live.dataset.version = next.dataset.version
  news.textContent = next.dataset.summary
}

async function look() {
  const response = await fetch('/sandbox/state')
  if (!response.ok) throw new Error(String(response.status))
  const { version, summary } = await response.json()
  if (version !== live.dataset.version) await exchange()
  if (!document.body.classList.contains('away')) return
  document.body.classList.remove('away')
  news.textContent = summary
}

async function watch() {
  if (!document.hidden) {
    await look().catch(() => {
      document.body.classList.add('away')
      news.textContent = 'The service does not answer; trying again.'
    })
  }
  setTimeout(watch, PERIOD_MS)
}

/** Sends without leaving the page, so that nobody loses their place. */
async function send(form) {
  const button = form.querySelector('button')
  button.disabled = true
  const name = button.textContent
  try {
    const response = await fetch(form.action, { method: 'POST', headers: { accept: 'application/json' } })
    const result = response.ok ? await response.json() : { error: `answered ${response.status}` }
    news.textContent = result.error === null ? `Sent ${name}.` : `${name}: ${result.error}`
    await look()
  } catch {
    news.textContent = `${name} could not be sent: the service does not answer.`
  } finally {
    button.disabled = false
  }
}

document.addEventListener('submit', event => {
  if (!event.target.matches('form[data-send]')) return
  event.preventDefault()
  send(event.target)
})
showLocalTimes(document)
setTimeout(watch, PERIOD_MS)
