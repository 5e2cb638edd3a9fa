/** Takes secrets out of a text that is about to leave: a log line, an error's message, a delivery log entry. */
export type Scrub = (text: string) => string

export const HIDDEN = '[hidden]'

/** Shorter ones are not looked for: they would tear ordinary words apart. */
const SHORTEST_SECRET = 6

/** What gives itself away by its form: Slack tokens, our own API keys, bearer credentials, user:password in URLs. */
const TELLTALE =
  /xox[a-z]-[\w-]+|\btocsin_[0-9a-z]{12}_[0-9a-z]{43,}|(?<=\bBearer )[^\s"'\\,]+|(?<=:\/\/)[^/\s"'\\@]+(?=@)/gi
/** The query of a URL: tokens travel there, and nothing we need to read. */
const QUERY = /(?<=\bhttps?:\/\/[^\s"'\\?#<>]+\?)[^\s"'\\#<>]+/gi

/**
 * `secrets` is asked at every call, so that a secret that was set a moment ago is hidden too. Each is looked for as it
 * is and as JSON would write it.
 */
export function createScrub(secrets: () => Iterable<string>): Scrub {
  return text => {
    let clean = text
    for (const secret of secrets()) {
      if (secret.length < SHORTEST_SECRET) continue
      clean = clean.replaceAll(secret, HIDDEN)
      const quoted = JSON.stringify(secret).slice(1, -1)
      if (quoted !== secret) clean = clean.replaceAll(quoted, HIDDEN)
    }
    return clean.replace(TELLTALE, HIDDEN).replace(QUERY, HIDDEN)
  }
}
