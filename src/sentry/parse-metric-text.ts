import type { MetricReading } from '../signals/signal.ts'

/** A number as people write it: digits, grouped by comma, space or apostrophe, with a fraction. */
const NUMBER = String.raw`[-+]?\d+(?:[,.'_ \u00a0\u202f]\d+)*(?:e[-+]?\d{1,3})?`
const CRASH_FREE = new RegExp(String.raw`(${NUMBER})\s*%[^%\n]{0,20}crash[\s-]*free`, 'i')
const FIRST = new RegExp(String.raw`(?<![\w.(])(${NUMBER})(?=\s*%|\s+\S)`, 'i')

/**
 * The measured value, which a metric alert says only in prose (Sentry's source: integrations/metric_alerts.py):
 * "91.2% sessions crash free rate in the last 60 minutes", "1000 events in the last 10 minutes", "1,234 users affected …".
 * Percent for the crash-free kinds, else a plain number; null when the text is empty or says none.
 */
export function valueInText(text: string | null, measures: MetricReading['measures']): number | null {
  // The value stands before the window: what follows has numbers of its own.
  const said = (text ?? '').split(/\bin the last\b/i)[0]?.slice(0, 500) ?? ''
  const crashFree = measures === 'crash-free-sessions' || measures === 'crash-free-users'
  const match = crashFree ? (CRASH_FREE.exec(said) ?? FIRST.exec(said)) : FIRST.exec(said)
  // "Events 50% higher …" tells a change, which is no count of anything.
  const percent = match !== null && /^\s*%/.test(said.slice(match.index + match[0].length))
  if (percent && !crashFree && measures !== 'other') return null
  const value = match?.[1] === undefined ? null : toNumber(match[1])
  if (value === null || !Number.isFinite(value)) return null
  return crashFree && (value < 0 || value > 100) ? null : value
}

function toNumber(written: string): number {
  const plain = written.replaceAll(/[' _\u00a0\u202f]/g, '')
  // "1,234" groups thousands, "91,5" is a decimal comma.
  const grouped = /^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?:e.*)?$/i.test(plain)
  return Number(grouped ? plain.replaceAll(',', '') : plain.replace(',', '.'))
}
