import { secureUrlSchema } from '../deliver/secure-url.ts'

const TIMEOUT_MS = 3_000

/**
 * Tells only the person who pressed, by Slack's response_url (five answers in half an hour). True when Slack took it.
 * Never throws and never says the address: whoever has it may answer as us.
 */
export async function answerPresser(replySecret: string | null, text: string): Promise<boolean> {
  if (replySecret === null || !secureUrlSchema.safeParse(replySecret).success) return false
  try {
    const response = await fetch(replySecret, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, text: text.slice(0, 3_000) }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}
