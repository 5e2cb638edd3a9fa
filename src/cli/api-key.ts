import { CliError, EXIT } from './exit-code.ts'

export interface KeySource {
  env: Readonly<Record<string, string | undefined>>
  modeOf(path: string): Promise<number>
  readFile(path: string): Promise<string>
}

/** Others on the machine may not read it, and its group may not change it; a group may read, as Kubernetes mounts secrets. */
const TOO_OPEN = 0o027

/** The API key, from the environment or the file it names; never from an argument. Throws CliError, without the key. */
export async function readApiKey({ env, modeOf, readFile }: KeySource): Promise<string> {
  const file = env.TOCSIN_API_KEY_FILE
  const named = env.TOCSIN_API_KEY
  const key =
    named !== undefined && named !== '' ? named : file !== undefined && file !== '' ? await fromFile(file) : ''
  if (key.trim() === '') {
    const words = 'no API key: set TOCSIN_API_KEY, or TOCSIN_API_KEY_FILE to a file that only you can read'
    throw new CliError(EXIT.usage, words)
  }
  if (!/^[\x21-\x7e]+$/.test(key.trim()))
    throw new CliError(
      EXIT.usage,
      'the API key holds spaces, line breaks or letters that no key has: look at where it comes from',
    )
  return key.trim()

  async function fromFile(path: string): Promise<string> {
    try {
      const mode = await modeOf(path)
      if ((mode & TOO_OPEN) !== 0) {
        const words = `others may read or change ${path} (mode ${(mode & 0o777).toString(8)}): chmod 600 ${path}`
        throw new CliError(EXIT.usage, words)
      }
      return await readFile(path)
    } catch (error) {
      if (error instanceof CliError) throw error
      throw new CliError(EXIT.usage, `TOCSIN_API_KEY_FILE names ${path}, which cannot be read`)
    }
  }
}
