import { CliError, EXIT } from './exit-code.ts'

/** `2h`, `1h30m`, `2d` or `PT2H` as ISO 8601. Throws CliError. */
export function readDuration(text: string): string {
  if (/^P(?=.)/.test(text)) return text
  const parts = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text.trim().toLowerCase())
  if (parts === null || text.trim() === '')
    throw new CliError(EXIT.usage, `"${text}" is no length of time: write 30m, 2h, 1h30m, 2d, or PT2H`)
  const [, weeks = '0', days = '0', hours = '0', minutes = '0', seconds = '0'] = parts
  const allDays = Number(weeks) * 7 + Number(days)
  const time = [
    [hours, 'H'],
    [minutes, 'M'],
    [seconds, 'S'],
  ].flatMap(([count, letter]) => (Number(count) === 0 ? [] : [`${Number(count)}${letter}`]))
  if (allDays === 0 && time.length === 0) throw new CliError(EXIT.usage, `"${text}" is no time at all`)
  return `P${allDays === 0 ? '' : `${allDays}D`}${time.length === 0 ? '' : `T${time.join('')}`}`
}
