import { existsSync, globSync } from 'node:fs'

/**
 * What a test file may claim to cover: tests of a room, the files of that room; promises about the whole service,
 * everything; a test that only reads the source, nothing. So a file counts as covered when its own room tests it.
 */
export default function coveredBy(testFile: string): string[] | null {
  const [, room = '', file] = testFile.replaceAll('\\', '/').split('/')
  if (file === undefined) {
    const source = `src/${room.replace('.test.ts', '.ts')}`
    return existsSync(source) ? [source] : null
  }
  const files = room === 'behaviour' || room === 'contracts' ? 'src/**/*.ts' : `src/${room}/**/*.ts`
  const found = globSync(files)
  return found.length === 0 ? null : found
}
